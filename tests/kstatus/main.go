// Says what tools that wait for an object make of it: Flux, and Helm since its version 4, by one implementation of
// kstatus; kpt and others by the one that it comes from.
//
// It reads objects as JSON, one after another, from standard input, and prints a line for each: what Flux makes of it,
// what the original makes of it, and the message of the former.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	flux "github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	original "sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kstatus:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	objects := json.NewDecoder(in)
	for {
		var object map[string]any
		switch err := objects.Decode(&object); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		// The decoder makes floats of all numbers; the objects of a cluster have integers.
		text, err := json.Marshal(object)
		if err != nil {
			return err
		}
		var parsed unstructured.Unstructured
		if err := parsed.UnmarshalJSON(text); err != nil {
			return err
		}
		byFlux, err := flux.Compute(&parsed)
		if err != nil {
			return err
		}
		byOriginal, err := original.Compute(&parsed)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\t%s\t%s\n", byFlux.Status, byOriginal.Status, byFlux.Message)
	}
}
