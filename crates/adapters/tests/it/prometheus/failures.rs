//! Each way to fail says what the caller can do, and no secret.

use super::fake::{answer, matrix, serve};
use super::{grid, run};
use std::net::TcpListener;
use std::time::Duration;
use toban_adapters::prometheus::{Error, Prometheus};
use toban_core::{MetricSource, PortError, PortErrorKind, Retry};

fn failure(source: &Prometheus) -> PortError {
    run(source.range("up", grid(3, 60))).expect_err("it fails")
}

/// The error and all that lies behind it.
fn told(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |error| error.source());
    sources.fold(error.to_string(), |told, error| format!("{told}: {error}"))
}

fn failure_of(raw: Vec<u8>) -> PortError {
    let (address, _asked) = serve(move |_| raw.clone());
    failure(&Prometheus::new(&address).unwrap().with_most_bytes(10_000))
}

#[test]
fn what_the_server_says_tells_what_to_do() {
    use PortErrorKind::{
        Denied, Invalid, NotFound, Throttled, TimedOut, Unauthenticated, Unavailable, Unsupported,
    };
    let error = |kind: &str| format!(r#"{{"status":"error","errorType":"{kind}","error":"so it is"}}"#);
    for (status, body, kind) in [
        (400, error("bad_data"), Invalid),
        (422, error("execution"), Invalid),
        (413, String::new(), Invalid),
        (401, "who are you?".into(), Unauthenticated),
        (403, "<html>no</html>".into(), Denied),
        (404, "404 page not found".into(), NotFound),
        (405, String::new(), Unsupported),
        (302, String::new(), Unsupported),
        (429, error("bad_data"), Throttled),
        (408, String::new(), TimedOut),
        (503, error("timeout"), TimedOut),
        (504, String::new(), TimedOut),
        (503, error("canceled"), Unavailable),
        (500, error("internal"), Unavailable),
        (502, "<html>bad gateway</html>".into(), Unavailable),
        (200, error("timeout"), TimedOut),
        (200, error("bad_data"), Invalid),
        (200, r#"{"status":"success"}"#.into(), Unsupported),
        (200, "<html>log in</html>".into(), Unsupported),
        (
            200,
            r#"{"status":"success","data":{"result":[{"metric":{},"values":[[1,2]]}]}}"#.into(),
            Unsupported,
        ),
        (
            200,
            r#"{"status":"success","data":{"result":[{"metric":{},"values":[[1772323200,"x"]]}]}}"#.into(),
            Unsupported,
        ),
        (
            200,
            r#"{"status":"success","data":{"result":[{"metric":{},"histograms":[[1,{}]]}]}}"#.into(),
            Invalid,
        ),
    ] {
        let error = failure_of(answer(status, "location: http://127.0.0.1:1/\r\n", &body));
        assert_eq!(error.kind, kind, "{status} {body}: {}", told(&error));
        assert!(!told(&error).contains("html"), "{}", told(&error));
    }
    let refused = failure_of(answer(400, "", &error("bad_data").replace("so", "parse\\n  error:")));
    let expected =
        "prometheus: range query failed: the request is wrong: it said 400: bad_data: parse error: it is";
    assert_eq!(told(&refused), expected);
}

#[test]
fn instants_that_were_not_asked_for_are_no_answer() {
    for instant in ["1772323201", "1772323380", "-5", "1e300"] {
        let error = failure_of(matrix(&format!(r#"{{"metric":{{}},"values":[[{instant},"1"]]}}"#)));
        assert_eq!(error.kind, PortErrorKind::Unsupported, "{instant}: {}", told(&error));
    }
}

#[test]
fn an_answer_that_is_too_long_is_refused_before_it_fills_the_memory() {
    let long = answer(200, "", &" ".repeat(10_001));
    assert_eq!(told(&failure_of(long)).split(": ").nth(2), Some("the request is wrong"));
}

#[test]
fn trouble_on_the_way_can_be_tried_again() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{\"status\":".to_vec();
    for raw in [cut, b"HTTP/1.1 2".to_vec(), Vec::new()] {
        let error = failure_of(raw);
        assert_eq!(
            (error.kind, error.retry()),
            (PortErrorKind::Unavailable, Retry::Later),
            "{}",
            told(&error)
        );
    }
    // Nobody listens where somebody has just stopped to.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = failure(&Prometheus::new(&format!("http://{address}")).unwrap());
    assert_eq!(error.kind, PortErrorKind::Unavailable, "{}", told(&error));
}

#[test]
fn who_does_not_answer_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let source = Prometheus::new(&address).unwrap().with_time_out(Duration::from_millis(50));
    let error = failure(&source);
    assert_eq!(error.kind, PortErrorKind::TimedOut);
    assert!(told(&error).ends_with("no answer within 0.05 s"), "{}", told(&error));
}

#[test]
fn secrets_are_sent_and_never_shown() {
    let (address, asked) = serve(|_| answer(401, "", "no"));
    let source = Prometheus::new(&address).unwrap().with_header("X-Scope-OrgID", "sesame-tenant").unwrap();
    let basic = source.clone().with_basic_auth("ann", "sesame-word").unwrap();
    let bearer = source.with_bearer_token("sesame-token").unwrap();
    for (source, sent) in [
        (&basic, "authorization: Basic YW5uOnNlc2FtZS13b3Jk"),
        (&bearer, "authorization: Bearer sesame-token"),
    ] {
        let error = failure(source);
        let shown = format!("{source:?} {source:#?} {error:?} {}", told(&error));
        assert!(!shown.contains("sesame") && !shown.contains("c2VzYW1l"), "{shown}");
        let head = asked.recv().unwrap().head;
        assert!(head.contains(sent) && head.contains("x-scope-orgid: sesame-tenant"), "{head}");
    }
    let unreachable = Prometheus::new("http://127.0.0.1:1").unwrap().with_bearer_token("sesame").unwrap();
    assert!(!format!("{:?}", failure(&unreachable)).contains("sesame"));
    for refused in [
        basic.clone().with_bearer_token("ses\name"),
        basic.clone().with_basic_auth("ann:sesame", "x"),
        basic.clone().with_header("sesame name", "x"),
        basic.with_header("x", "sesame\r\n"),
    ] {
        let error = refused.expect_err("it cannot be sent");
        assert!(
            matches!(error, Error::Header { .. }) && !format!("{error:?} {error}").contains("ses"),
            "{error:?}"
        );
    }
}

#[test]
fn an_address_that_cannot_be_asked_is_refused_and_not_repeated() {
    for address in [
        "",
        "localhost:9090",
        "ftp://x/",
        "http://",
        "http://ann:sesame@x/",
        "https://sesame@x/",
        "http://x/?token=sesame",
        "http://x/#a",
        "unix:/run/x",
    ] {
        let error = Prometheus::new(address).expect_err(address);
        assert!(matches!(error, Error::Address { .. }), "{address}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("sesame"));
    }
}

/// Where a machine has no certificates the client says so; nowhere does it panic for want of cryptography.
#[test]
fn an_encrypted_address_needs_nothing_from_the_caller() {
    match Prometheus::new("https://127.0.0.1:1/") {
        Ok(source) => assert_eq!(failure(&source).kind, PortErrorKind::Unavailable),
        Err(error) => assert!(matches!(error, Error::Client { .. }), "{error:?}"),
    }
}
