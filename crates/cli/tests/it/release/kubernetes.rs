//! The example for Kubernetes, its calls held against what is written of them by a stand-in for kubectl.

use super::{PYTHON, Release, needs};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What each weight comes to.
const TEN: [&str; 5] = [
    "set image deployment/shop-canary shop=registry.example/shop:2.0",
    "scale deployment/shop-canary --replicas=1",
    "rollout status deployment/shop-canary --timeout=120s",
    "scale deployment/shop --replicas=9",
    "rollout status deployment/shop --timeout=120s",
];
const HALF: [&str; 5] = [
    "set image deployment/shop-canary shop=registry.example/shop:2.0",
    "scale deployment/shop-canary --replicas=5",
    "rollout status deployment/shop-canary --timeout=120s",
    "scale deployment/shop --replicas=5",
    "rollout status deployment/shop --timeout=120s",
];
const MOVE_ALL: [&str; 2] = [
    "set image deployment/shop shop=registry.example/shop:2.0",
    "rollout status deployment/shop --timeout=120s",
];
const ALL_PODS: [&str; 4] = [
    "scale deployment/shop --replicas=10",
    "rollout status deployment/shop --timeout=120s",
    "scale deployment/shop-canary --replicas=0",
    "rollout status deployment/shop-canary --timeout=120s",
];
const LOOK: &str = "get deployment/shop -o jsonpath={.spec.template.spec.containers[0].image}";
const VERIFY: [&str; 4] = [
    "rollout status deployment/shop --timeout=120s",
    "rollout status deployment/shop-canary --timeout=120s",
    LOOK,
    "get deployment/shop-canary -o jsonpath={.spec.replicas}",
];

/// The example in a folder of its own, with a cluster in which this never becomes ready; `None` where there is no
/// python, which on CI is a failure.
fn cluster(name: &str, never_ready: &str) -> Option<Release> {
    needs("python 3.11", &PYTHON)?;
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/kubernetes");
    let plan = fs::read_to_string(example.join("plan.yaml")).unwrap();
    let schedule = "schedule: {start: 2027-01-12T01:00:00Z, end: 2027-01-12T03:00:00Z}";
    assert!(plan.contains(schedule));
    let plan = plan.replace(schedule, "schedule: {start: 2020-01-01T00:00:00Z, end: 2099-01-01T00:00:00Z}");
    let plan =
        ["5m", "15m"].iter().fold(plan, |plan, soak| plan.replace(&format!("soak: {soak}"), "soak: 50ms"));
    let release = Release::new(name, &plan);
    fs::copy(example.join("deploy.py"), release.folder.path("deploy.py")).unwrap();
    fs::copy(example.join("fake_kubectl.py"), release.folder.path("kubectl")).unwrap();
    fs::set_permissions(release.folder.path("kubectl"), fs::Permissions::from_mode(0o755)).unwrap();
    let old = r#"["registry.example/shop:0.9", "registry.example/shop:1.0"]"#;
    let deployments = format!(
        r#"{{"shop": {{"images": {old}, "pods": 10}}, "shop-canary": {{"images": {old}, "pods": 0}}}}"#
    );
    let cluster = format!(r#"{{"deployments": {deployments}, "never_ready": {never_ready}}}"#);
    release.folder.file("cluster.json", cluster);
    Some(release)
}

/// Carries it out, and gives the calls of kubectl.
fn carried_out(release: &mut Release, ends: &str) -> Vec<String> {
    // The stand-in is found first.
    let path = format!("{}:{}", release.folder.path("").display(), std::env::var("PATH").unwrap());
    let plan = release.plan.to_str().unwrap().to_owned();
    release.begin_with(&["run", "--plan", &plan], &[("PATH", &path)]);
    release.until("waiting for approvals");
    assert!(!release.folder.path("calls").exists(), "nothing is done before it may");
    release.tell(&["approve", "--by", "carol", "--why", "I have read it"]);
    release.until(ends);
    let calls = fs::read_to_string(release.folder.path("calls")).unwrap();
    let call = |line: &str| serde_json::from_str::<Vec<String>>(line).unwrap().join(" ");
    calls.lines().map(call).collect()
}

fn deployment(release: &Release, name: &str) -> (String, u64) {
    let cluster = fs::read_to_string(release.folder.path("cluster.json")).unwrap();
    let cluster: serde_json::Value = serde_json::from_str(&cluster).unwrap();
    let one = &cluster["deployments"][name];
    let image = one["images"].as_array().unwrap().last().unwrap().as_str().unwrap();
    (image.to_owned(), one["pods"].as_u64().unwrap())
}

#[test]
fn a_good_version_gets_the_pods_of_kubernetes_share_by_share() {
    let Some(mut release) = cluster("kubernetes-good", "{}") else { return };
    let calls = carried_out(&mut release, "done");
    let wanted: Vec<_> = [&TEN[..], &HALF, &MOVE_ALL, &ALL_PODS, &VERIFY].concat();
    assert_eq!(calls, wanted);
    assert_eq!(deployment(&release, "shop"), ("registry.example/shop:2.0".into(), 10));
    assert_eq!(deployment(&release, "shop-canary").1, 0);
}

#[test]
fn pods_that_do_not_become_ready_are_undone_once() {
    let never_ready = r#"{"shop": ["registry.example/shop:2.0"]}"#;
    let Some(mut release) = cluster("kubernetes-undo", never_ready) else { return };
    let calls = carried_out(&mut release, "rolled back");
    let undo = [LOOK, "rollout undo deployment/shop", "rollout status deployment/shop --timeout=120s"];
    let wanted: Vec<_> = [&TEN[..], &HALF, &MOVE_ALL, &undo, &ALL_PODS, &VERIFY, &VERIFY].concat();
    assert_eq!(calls, wanted);
    assert_eq!(deployment(&release, "shop"), ("registry.example/shop:1.0".into(), 10));
    assert_eq!(deployment(&release, "shop-canary").1, 0);
}

#[test]
fn a_canary_that_does_not_become_ready_takes_no_pod_from_the_old_version_and_nothing_is_undone() {
    let never_ready = r#"{"shop-canary": ["registry.example/shop:2.0"]}"#;
    let Some(mut release) = cluster("kubernetes-canary", never_ready) else { return };
    let calls = carried_out(&mut release, "rolled back");
    let back = [LOOK, "rollout status deployment/shop --timeout=120s"];
    assert_eq!(calls, [&TEN[..3], &back, &ALL_PODS, &VERIFY, &VERIFY].concat());
    assert_eq!(deployment(&release, "shop"), ("registry.example/shop:1.0".into(), 10));
}
