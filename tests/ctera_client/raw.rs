//! A server that shows requests byte by byte, and answers with what it is told for each.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One request, as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// The first line without the version, for example `GET /admin/api/version`.
    pub line: String,
    /// Everything before the body.
    pub head: String,
    pub body: String,
}

impl Request {
    /// The value of one header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub fn cookie(&self) -> Option<&str> {
        self.header("cookie")
    }
}

/// Serves on loopback; `answer` gives the complete reply to each request, or nothing to end the connection without one.
pub async fn serve(answer: impl FnMut(&Request) -> String + Send + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(Mutex::new(answer));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, Arc::clone(&answer)));
        }
    });
    port
}

async fn talk(mut stream: TcpStream, answer: Arc<Mutex<impl FnMut(&Request) -> String>>) {
    while let Some(request) = read(&mut stream).await {
        let reply = answer.lock().unwrap()(&request);
        if reply.is_empty() || stream.write_all(reply.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// One request: its head, and as much of a body as the head announces.
async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        head.push(char::from(stream.read_u8().await.ok()?));
    }
    let (line, _) = head.split_once(" HTTP/1.1\r\n").unwrap();
    let mut request = Request { line: line.to_owned(), head: head.clone(), body: String::new() };
    let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    request.body = String::from_utf8(body).unwrap();
    Some(request)
}

pub fn reply(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

pub fn ok(body: &str) -> String {
    reply("200 OK", "", body)
}

/// A failure with the portal's own words.
pub fn refused(status: u16, message: &str) -> String {
    let body = format!(
        "<obj><att id=\"rc\"><val>1</val></att><att id=\"msg\"><val>{message}</val></att></obj>"
    );
    reply(&format!("{status} No"), "", &body)
}

/// What a portal says to a session that it does not know; the cookie is that of a fresh anonymous session.
pub fn redirect() -> String {
    let headers =
        "Location: /ServicesPortal/login.html\r\nSet-Cookie: JSESSIONID=anonymous; Path=/\r\n";
    reply("302 Found", headers, "")
}

pub const HTML: &str = "<html><body>Please sign in</body></html>";

/// The reply gets lost.
pub fn lost() -> String {
    String::new()
}

/// Passes requests on to a server on this port, each as late as the runtime has nothing else to do, and counts how many
/// are under way at once.
pub async fn slow(port: u16) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let here = listener.local_addr().unwrap().port();
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&most);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            tokio::spawn(async move {
                let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                while let Some(request) = read(&mut client).await {
                    most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
                    // Whoever else may send does so meanwhile.
                    for _ in 0..2000 {
                        tokio::task::yield_now().await;
                    }
                    let text = format!("{}{}", request.head, request.body);
                    server.write_all(text.as_bytes()).await.unwrap();
                    let reply = read_reply(&mut server).await;
                    now.fetch_sub(1, SeqCst);
                    client.write_all(reply.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (here, counted)
}

async fn read_reply(stream: &mut TcpStream) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        head.push(char::from(stream.read_u8().await.unwrap()));
    }
    let (_, length) = head.split_once("Content-Length: ").unwrap();
    let mut body = vec![0; length.lines().next().unwrap().parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    head + std::str::from_utf8(&body).unwrap()
}
