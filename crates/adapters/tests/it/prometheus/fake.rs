//! A server that says what a test wants, and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

/// What a server was asked.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) head: String,
    pub(super) form: Vec<(String, String)>,
}

impl Request {
    pub(super) fn field(&self, name: &str) -> &str {
        &self.form.iter().find(|(field, _)| field == name).unwrap().1
    }
}

/// An address, and what was asked there; each answer is what `answer` makes of the request, as it goes over the wire.
pub(super) fn serve(answer: impl Fn(&Request) -> Vec<u8> + Send + 'static) -> (String, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            let request = read(&stream);
            // Who has seen enough hangs up.
            let _ = (&stream).write_all(&answer(&request));
            if sender.send(request).is_err() {
                return;
            }
        }
    });
    (address, receiver)
}

/// Status, more headers, body.
pub(super) fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
        .into_bytes()
}

/// A matrix with these series, as JSON.
pub(super) fn matrix(series: &str) -> Vec<u8> {
    answer(
        200,
        "",
        &format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}}}"#),
    )
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
    let lower = head.to_lowercase();
    let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or("0");
    let mut body = vec![0; length.trim().parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    let fields = body.split('&').filter_map(|field| field.split_once('='));
    Request { head, form: fields.map(|(name, value)| (name.to_owned(), decoded(value))).collect() }
}

fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}
