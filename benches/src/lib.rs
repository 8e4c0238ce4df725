//! Each file in `benches/` answers one question; `BENCHMARKS.md` has the answers.
