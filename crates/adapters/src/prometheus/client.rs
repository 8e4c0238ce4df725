//! The client of the HTTP API.

use super::Error;
use super::error::Trouble;
use super::query::reaching;
use super::wire::{Failed, Told, refusal};
use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url, redirect};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use toban_core::{Grid, MetricAnswer, MetricSource, PortError, PortErrorKind};

/// The most instants of one request. The server refuses more than 11,000; with fewer an answer of many series is
/// not so large.
const MOST_INSTANTS: u32 = 5_000;

/// A server that speaks Prometheus' HTTP API.
///
/// It asks `/api/v1/query_range` below its address, with POST, so that a query may be long. A grid of more than
/// 5,000 instants takes several requests, one after another.
///
/// A sample stands for later instants as long as the server lets it: five minutes, unless it was configured
/// otherwise, or until the series is marked as gone. Where it is asked for less
/// ([`range_within`](MetricSource::range_within)), a query that only names series is asked so that this holds; within
/// other queries it holds where the server hears of it with the question: Prometheus from 2.43 on and what is built on
/// that (`lookback_delta`), and VictoriaMetrics (`max_lookback`). The proxies of the environment (`HTTPS_PROXY`) are used;
/// redirects are not followed, as they would lead the credentials elsewhere.
#[derive(Clone)]
pub struct Prometheus {
    client: Client,
    /// Of the range queries.
    address: Url,
    headers: HeaderMap,
    time_out: Duration,
    most_bytes: usize,
}

impl Prometheus {
    /// How long a request may take: as long as Prometheus itself works on a query, by default.
    pub const TIME_OUT: Duration = Duration::from_secs(120);

    /// How many bytes an answer may have.
    pub const MOST_BYTES: usize = 256 << 20;

    /// The server at that address, such as `http://127.0.0.1:9090` or `https://mimir.example.org/prometheus`.
    ///
    /// For `https` it takes the process's own provider of cryptography, where one is installed in `rustls`, and
    /// otherwise `ring`, and trusts whom the system trusts. It installs nothing: what else the process encrypts is
    /// not touched.
    ///
    /// # Errors
    /// When the address is none, is not HTTP, holds credentials or a query; or when the system has no certificates.
    pub fn new(address: &str) -> Result<Self, Error> {
        let wrong = |problem| Error::Address { problem };
        let mut url = Url::parse(address).map_err(|_| wrong("is no URL"))?;
        if !matches!(url.scheme(), "http" | "https") || url.cannot_be_a_base() {
            return Err(wrong("does not begin with http:// or https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("holds credentials, which are given by themselves"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("holds more than host, port and path"));
        }
        url.set_path(&format!("{}/api/v1/query_range", url.path().trim_end_matches('/')));
        let client = client(url.scheme() == "https").map_err(|source| Error::Client { source })?;
        Ok(Self {
            client,
            address: url,
            headers: HeaderMap::new(),
            time_out: Self::TIME_OUT,
            most_bytes: Self::MOST_BYTES,
        })
    }

    /// Says who asks, with a name and a password.
    ///
    /// # Errors
    /// When the name holds a colon.
    pub fn with_basic_auth(self, name: &str, password: &str) -> Result<Self, Error> {
        let wrong = || Error::Header { what: "name" };
        let request = self.client.get(self.address.clone()).basic_auth(name, Some(password)).build();
        let value = request.ok().and_then(|request| request.headers().get(AUTHORIZATION).cloned());
        let value = value.filter(|_| !name.contains(':')).ok_or_else(wrong)?;
        Ok(self.with(AUTHORIZATION, value))
    }

    /// Says who asks, with a token.
    ///
    /// # Errors
    /// When the token holds what cannot stand in a header.
    pub fn with_bearer_token(self, token: &str) -> Result<Self, Error> {
        let value = HeaderValue::try_from(format!("Bearer {token}"));
        Ok(self.with(AUTHORIZATION, value.map_err(|_| Error::Header { what: "token" })?))
    }

    /// Sends one more header along, such as `X-Scope-OrgID`. Its value is taken for a secret.
    ///
    /// # Errors
    /// When name or value hold what cannot stand in a header.
    pub fn with_header(self, name: &str, value: &str) -> Result<Self, Error> {
        let name = HeaderName::try_from(name).map_err(|_| Error::Header { what: "name of a header" })?;
        let value = HeaderValue::try_from(value).map_err(|_| Error::Header { what: "value of a header" })?;
        Ok(self.with(name, value))
    }

    /// How long each request may take, instead of [`Prometheus::TIME_OUT`].
    #[must_use]
    pub fn with_time_out(self, time_out: Duration) -> Self {
        Self { time_out, ..self }
    }

    /// How many bytes each answer may have, instead of [`Prometheus::MOST_BYTES`].
    #[must_use]
    pub fn with_most_bytes(self, most_bytes: usize) -> Self {
        Self { most_bytes, ..self }
    }

    fn with(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.headers.insert(name, value);
        self
    }

    /// The body of an answer with status 200.
    async fn ask(&self, query: &str, grid: Grid, age: Option<i64>) -> Result<Vec<u8>, Failed> {
        let step = grid.step().num_milliseconds();
        let mut form = vec![
            ("query", query.to_owned()),
            ("start", instant(grid.first())),
            ("end", instant(grid.last())),
            ("step", format!("{}.{:03}", step / 1000, step % 1000)),
        ];
        if let Some(age) = age {
            form.extend(["lookback_delta", "max_lookback"].map(|name| (name, format!("{age}ms"))));
        }
        let request = self.client.post(self.address.clone()).headers(self.headers.clone()).form(&form);
        let mut response = request
            .timeout(self.time_out)
            .send()
            .await
            .map_err(|error| self.failed(error, Trouble::Unreachable))?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(part) =
            response.chunk().await.map_err(|error| self.failed(error, Trouble::BrokenOff))?
        {
            if body.len() + part.len() > self.most_bytes {
                return Err((PortErrorKind::Invalid, Trouble::TooLong { limit: self.most_bytes }));
            }
            body.extend_from_slice(&part);
        }
        if status == 200 { Ok(body) } else { Err(refusal(status, &body)) }
    }

    async fn told(&self, query: &str, grid: Grid, age: Option<i64>) -> Result<MetricAnswer, PortError> {
        let mut told = Told::new(grid);
        for piece in grid.chunks(MOST_INSTANTS) {
            let body = self.ask(query, piece, age).await.map_err(failed)?;
            told.take(&body).map_err(failed)?;
        }
        let (series, warnings) = told.finish();
        Ok(MetricAnswer::new(series, warnings))
    }

    fn failed(&self, error: reqwest::Error, trouble: fn(reqwest::Error) -> Trouble) -> Failed {
        if error.is_timeout() {
            (PortErrorKind::TimedOut, Trouble::Slow { seconds: self.time_out.as_secs_f64() })
        } else {
            (PortErrorKind::Unavailable, trouble(error.without_url()))
        }
    }
}

fn client(is_encrypted: bool) -> Result<Client, Box<dyn std::error::Error + Send + Sync>> {
    let provider = CryptoProvider::get_default().cloned();
    let provider = provider.unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()));
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    // A machine without certificates can speak plain HTTP all the same.
    let config = if is_encrypted {
        config.with_platform_verifier()?
    } else {
        config.with_root_certificates(RootCertStore::empty())
    };
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let client = Client::builder()
        .user_agent(concat!("toban/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10))
        .redirect(redirect::Policy::none())
        .tls_backend_preconfigured(config);
    Ok(client.build()?)
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client: _, address, headers, time_out, most_bytes } = self;
        f.debug_struct("Prometheus")
            .field("address", &address.as_str())
            .field("headers", &headers.keys().map(HeaderName::as_str).collect::<Vec<_>>())
            .field("time_out", time_out)
            .field("most_bytes", most_bytes)
            .finish_non_exhaustive()
    }
}

/// What a server says of a grid in one or several answers, each with its status: the fuzzer has no server.
#[cfg(fuzzing)]
#[doc(hidden)]
pub fn told(grid: Grid, answers: &[(u16, Vec<u8>)]) -> Result<MetricAnswer, PortError> {
    let mut told = Told::new(grid);
    for (status, body) in answers {
        match status {
            200 => told.take(body).map_err(failed)?,
            _ => return Err(failed(refusal(*status, body))),
        }
    }
    let (series, warnings) = told.finish();
    Ok(MetricAnswer::new(series, warnings))
}

fn failed((kind, trouble): Failed) -> PortError {
    PortError::new(kind, "range query", "prometheus", trouble)
}

#[async_trait]
impl MetricSource for Prometheus {
    async fn range(&self, query: &str, grid: Grid) -> Result<MetricAnswer, PortError> {
        self.told(query, grid, None).await
    }

    async fn range_within(&self, query: &str, grid: Grid, age: TimeDelta) -> Result<MetricAnswer, PortError> {
        // No server takes less than a millisecond.
        let age = age.num_milliseconds().max(1);
        self.told(&reaching(query, age), grid, Some(age)).await
    }
}
