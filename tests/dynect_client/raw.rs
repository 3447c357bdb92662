//! A server that shows requests byte by byte and answers with what it was given.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const LOGGED_IN: &str = r#"{"status": "success", "data": {"token": "t0k/en=", "version": "3.7.16"}, "job_id": 1, "msgs": [{"INFO": "login: Login successful", "SOURCE": "BLL", "ERR_CD": null, "LVL": "INFO"}]}"#;

pub struct Raw {
    pub port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

/// Answers one request after the other with these, each a complete reply.
pub async fn raw(replies: impl IntoIterator<Item = String>) -> Raw {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let replies = Arc::new(Mutex::new(VecDeque::from_iter(replies)));
    let served = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&served), Arc::clone(&replies)));
        }
    });
    Raw { port, requests }
}

impl Raw {
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    requests: Arc<Mutex<Vec<String>>>,
    replies: Arc<Mutex<VecDeque<String>>>,
) {
    while let Some(request) = read(&mut stream).await {
        requests.lock().unwrap().push(request);
        let Some(reply) = replies.lock().unwrap().pop_front() else { return };
        if stream.write_all(reply.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// One request: its head, and as much of a body as the head announces.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        request.push(char::from(stream.read_u8().await.ok()?));
    }
    let length = header(&request, "content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    request.push_str(std::str::from_utf8(&body).unwrap());
    Some(request)
}

/// The value of one header.
pub fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = request.split_once("\r\n\r\n")?;
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// A reply in JSON.
pub fn json(body: &str) -> String {
    reply("200 OK", "Content-Type: application/json\r\n", body)
}

pub fn success(data: &str) -> String {
    json(&format!(r#"{{"status": "success", "data": {data}, "job_id": 2, "msgs": []}}"#))
}

pub fn reply(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}
