//! A definition from any bytes, as the command takes it: YAML, documents, checks, model; what is printed on the way is
//! read again as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use toban_adapters::{access_log, csv};
use toban_slo::openslo::{
    AlertNotificationTargetSpec, Bundle, Definition, Document, Measure, Metadata, Promise, Reference, Spec,
    Surroundings,
};
use toban_yaml::Stream;

fuzz_target!(|bytes: &[u8]| {
    let stream = Stream::parse("slo.yaml", bytes);
    let read = stream.documents.iter().filter_map(|document| document.read::<Document>().ok());
    let documents: Vec<Document> = read.collect();
    for document in &documents {
        let json = serde_json::to_string(document).unwrap();
        assert_eq!(serde_json::from_str::<Document>(&json).as_ref().ok(), Some(document), "{json}");
    }
    let bundle = Bundle::new(documents);
    for finding in bundle.check() {
        assert!(finding.place.document < bundle.documents().len());
        let _ = finding.to_string();
    }
    match bundle.to_model(Measure::indicator) {
        Ok(model) => {
            for promise in &model.promises {
                ask(promise);
                write_again(&bundle, promise);
            }
        }
        Err(findings) => assert!(!findings.is_empty()),
    }
});

/// What a source is asked, as each reader of sources understands it.
fn ask(promise: &Promise<'_>) {
    for source in promise.measure.sources() {
        let _ = source.spec.read::<access_log::Filter>().map(|filter| filter.to_string());
        let _ = source.spec.read::<access_log::Measure>().map(|measure| measure.to_string());
        let _ = source.spec.read::<csv::Source>();
    }
}

/// An SLO that stands alone with its indicator: written down from the model, it is the same promise.
fn write_again(bundle: &Bundle, promise: &Promise<'_>) {
    let Some(Spec::Slo(spec)) = bundle.documents().get(promise.place.document).map(|found| &found.spec)
    else {
        return;
    };
    let [objective] = spec.objectives.as_slice() else { return };
    let Some(indicator) = objective.indicator.clone().or(spec.indicator.clone()) else { return };
    if objective.indicator.is_none() && objective.indicator_ref.is_some() {
        return;
    }
    let target = AlertNotificationTargetSpec { target: "pager".into(), description: None };
    let target = Definition { metadata: Metadata::named("phone"), spec: target };
    let service = spec.service.clone();
    let notification_targets = vec![Reference::Inline(target)];
    let surroundings = Surroundings { service, indicator, notification_targets };
    let Ok(document) = surroundings.document(&promise.slo, &promise.alert_policy) else { return };
    let others = bundle.documents().iter().filter(|other| !matches!(other.spec, Spec::Slo(_)));
    let written = Bundle::new(others.cloned().chain([document]).collect());
    let model = written.to_model(Measure::indicator);
    match model.as_ref().map(|model| model.promises.as_slice()) {
        Ok([again]) => {
            assert_eq!(again.slo, promise.slo);
            assert_eq!(again.alert_policy, promise.alert_policy);
        }
        Ok(others) => panic!("one promise became {}", others.len()),
        Err(findings) => panic!("{findings:?}"),
    }
}
