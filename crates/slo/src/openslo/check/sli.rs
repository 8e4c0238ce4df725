//! Rules for indicators and data sources.

use super::super::document::Kind;
use super::super::finding::Problem;
use super::super::sli::{DataSourceSpec, Metric, MetricSource, RatioMetric, SliSpec};
use super::Checker;

impl Checker<'_> {
    pub(super) fn data_source(&mut self, spec: &DataSourceSpec) {
        self.description(spec.description.as_deref());
        self.filled("type", &spec.source_type);
    }

    pub(super) fn sli(&mut self, spec: &SliSpec) {
        self.description(spec.description.as_deref());
        match (&spec.threshold_metric, &spec.ratio_metric) {
            (None, None) => self.error(Problem::Missing {
                one_of: &["thresholdMetric", "ratioMetric"],
                because: "an indicator measures something",
            }),
            (Some(_), Some(_)) => {
                self.error_at("ratioMetric", Problem::Both { fields: ["thresholdMetric", "ratioMetric"] });
            }
            _ => {}
        }
        if let Some(metric) = &spec.threshold_metric {
            self.metric("thresholdMetric", metric);
        }
        if let Some(ratio) = &spec.ratio_metric {
            self.at("ratioMetric", |checker| checker.ratio_metric(ratio));
        }
    }

    fn ratio_metric(&mut self, ratio: &RatioMetric) {
        let RatioMetric { counter, good, bad, total, raw_type, raw } = ratio;
        let metrics = [("good", good), ("bad", bad), ("total", total), ("raw", raw)];
        for (field, metric) in metrics {
            if let Some(metric) = metric {
                self.metric(field, metric);
            }
        }
        if raw.is_some() {
            for (field, metric) in metrics {
                if field != "raw" && metric.is_some() {
                    self.error_at(field, Problem::Both { fields: [field, "raw"] });
                }
            }
            if raw_type.is_none() {
                self.error(Problem::Missing {
                    one_of: &["rawType"],
                    because: "`raw` may be of successes or failures",
                });
            }
            if counter.is_some() {
                self.warn_at("counter", Problem::Ignored { because: "a ratio is no counter" });
            }
            return;
        }
        if good.is_some() && bad.is_some() {
            self.error_at("bad", Problem::Both { fields: ["good", "bad"] });
        }
        if good.is_none() && bad.is_none() && total.is_some() {
            self.error(Problem::Missing { one_of: &["good", "bad"], because: "`total` alone is no ratio" });
        }
        if total.is_none() {
            self.error(Problem::Missing {
                one_of: &["total", "raw"],
                because: "a ratio has something below the line",
            });
        }
        if raw_type.is_some() {
            self.warn_at("rawType", Problem::Ignored { because: "it is about `raw`, which is not there" });
        }
    }

    fn metric(&mut self, field: &'static str, metric: &Metric) {
        self.at(field, |checker| {
            checker.at("metricSource", |checker| checker.metric_source(&metric.metric_source))
        });
    }

    fn metric_source(&mut self, source: &MetricSource) {
        let Some(name) = &source.metric_source_ref else {
            match &source.source_type {
                Some(source_type) => self.filled("type", source_type),
                None => self.error(Problem::Missing {
                    one_of: &["type", "metricSourceRef"],
                    because: "the metric is in some system",
                }),
            }
            return;
        };
        let found = self.refers::<DataSourceSpec>("metricSourceRef", name);
        if let (Some(found), Some(source_type)) = (found, &source.source_type)
            && found.spec.source_type != *source_type
        {
            self.error_at("type", Problem::SourceTypesDiffer { data_source: found.spec.source_type.clone() });
        }
    }

    /// A service may have a definition; when others have one, a missing one will be a slip.
    pub(super) fn service(&mut self, name: &str) {
        self.filled("service", name);
        if !name.is_empty() && self.bundle.find::<super::super::sli::ServiceSpec>(name).is_none() {
            let knows_services =
                self.bundle.documents().iter().any(|document| document.kind() == Kind::Service);
            if knows_services {
                let problem = self.unresolved(Kind::Service, name);
                self.warn_at("service", problem);
            }
        }
    }
}
