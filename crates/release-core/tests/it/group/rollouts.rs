//! Groups of real rollouts.

use super::*;

/// Asks members through their records, and remembers what people were told.
#[derive(Debug)]
struct Teller {
    members: Members,
    told: Arc<Mutex<Vec<(String, Announcement)>>>,
}

#[async_trait]
impl Perform<Group> for Teller {
    async fn perform(&self, order: &Order<Effect>) -> Outcome {
        if let Effect::Announce(what) = &order.effect {
            self.told.lock().unwrap().push((order.key.clone(), what.clone()));
        }
        self.members.ask(&order.effect).await
    }
}

/// A group, the worlds of its members, and how they are driven.
#[derive(Clone, Debug)]
struct Tale {
    plan: GroupPlan,
    /// What fails in which member.
    fails: Option<(usize, &'static str)>,
    /// A person aborts the group once this member soaks that stage.
    abort_at: Option<(usize, usize)>,
}

#[derive(Default)]
struct Place {
    worlds: std::cell::OnceCell<Vec<Arc<World>>>,
    told: Arc<Mutex<Vec<(String, Announcement)>>>,
}

impl Place {
    fn worlds(&self, tale: &Tale) -> &[Arc<World>] {
        self.worlds.get_or_init(|| {
            let world = |place: usize| {
                let world = World { can_tell: true, ..World::default() };
                Arc::new(match tale.fails {
                    Some((member, what)) if member == place => world.fails(what, 99),
                    _ => world,
                })
            };
            (0..tale.plan.members.len()).map(world).collect()
        })
    }

    /// As one who knows the keys hears it.
    fn told(&self) -> Vec<Announcement> {
        let mut keys = Vec::new();
        let told = self.told.lock().unwrap();
        let news = told.iter().filter(|(key, _)| {
            let is_news = !keys.contains(key);
            keys.push(key.clone());
            is_news
        });
        news.map(|(_, what)| what.clone()).collect()
    }
}

async fn claimed<M: Machine>(
    journal: &Arc<dyn Journal>,
    clock: &Arc<FakeClock>,
    name: &str,
    owner: &str,
) -> Run<M> {
    let mut run: Run<M> = Run::open(Arc::clone(journal), Arc::clone(clock) as _, name).await.unwrap();
    if let Turn::Theirs(claim) = run.claim(owner, minutes(1000)).await.unwrap() {
        journal.release(&claim).await.unwrap();
        assert_eq!(run.claim(owner, minutes(1000)).await.unwrap(), Turn::Mine);
    }
    run
}

/// Where everything stands in the end.
type End = (Phase, Vec<rollout::Phase>);

impl Tale {
    fn live(&self, stage: &Stage, place: &Place) -> Option<End> {
        let owner = format!("process {}", stage.crash.seen());
        let journal: Arc<dyn Journal> = Arc::clone(&stage.journal) as _;
        block_on(async {
            let members = Members::new(Arc::clone(&journal), Arc::clone(&stage.clock) as _);
            let teller = Teller { members: members.clone(), told: Arc::clone(&place.told) };
            let teller = CrashPerform::new(teller, Arc::clone(&stage.crash));
            let mut group: Run<Group> = claimed(&journal, &stage.clock, "both", &owner).await;
            group.ask_once("propose", &propose(&self.plan)).await.unwrap();
            let mut runs: Vec<(Run<Rollout>, _)> = Vec::new();
            for (member, world) in self.plan.members.iter().zip(place.worlds(self)) {
                let doer = CrashPerform::new(Doer(Arc::clone(world)), Arc::clone(&stage.crash));
                runs.push((claimed(&journal, &stage.clock, &member.name, &owner).await, doer));
            }
            loop {
                settle(&mut group, &teller).await.unwrap();
                for (run, doer) in &mut runs {
                    run.refresh().await.unwrap();
                    if run.state().phase == rollout::Phase::Approving {
                        run.ask_once("approve", &approve("bea")).await.unwrap();
                    }
                    settle(run, &*doer).await.unwrap();
                }
                if let Some((member, at)) = self.abort_at
                    && matches!(runs[member].0.state().phase, rollout::Phase::Soaking { stage, .. } if stage == at)
                {
                    group.ask_once("abort", &abort()).await.unwrap();
                }
                if members.report(&mut group).await.unwrap()
                    || !group.state().members.is_empty() && settled(&group)
                {
                    continue;
                }
                if let Some(place) =
                    group.state().members.iter().position(|one| one.is_stranded && !one.is_brought_back)
                {
                    let (member, by) = (self.plan.members[place].name.clone(), String::from("bea"));
                    group
                        .ask(&Request::BroughtBack { member, by, why: "1.0 is out again".into() })
                        .await
                        .unwrap();
                    continue;
                }
                let is_over = group.is_over() && runs.iter().all(|(run, _)| run.seq() == 0 || run.is_over());
                let waits = runs.iter().filter_map(|(run, _)| run.next_wakeup().wait(run.now()));
                match waits.chain(group.next_wakeup().wait(group.now())).min() {
                    _ if is_over => break,
                    Some(wait) => stage.clock.advance(wait),
                    None => panic!("nothing happens any more: {:?}", group.state()),
                }
            }
            let phases = runs.iter().map(|(run, _)| run.state().phase).collect();
            (group.state().phase, phases)
        })
    }

    /// Told in calm, and again with a crash at each place: how it ends, what people hear, and how often it was told.
    fn told(&self) -> (End, Vec<Announcement>, u64) {
        let tell = |at: u64| {
            let (stage, place) = (Stage::new(Arc::new(MemoryJournal::new())), Place::default());
            stage.crash.after(at);
            let end = self.live(&stage, &place);
            assert_eq!(end.is_some(), at == 0);
            stage.crash.after(0);
            (end.or_else(|| self.live(&stage, &place)).unwrap(), place, stage.crash.seen())
        };
        let (calm, calm_place, places) = tell(0);
        for at in 1..=places {
            let (end, place, _) = tell(at);
            assert_eq!(calm, end);
            for (calm, world) in calm_place.worlds(self).iter().zip(place.worlds(self)) {
                assert_eq!(calm.weight(), world.weight());
                assert_eq!(calm.times("migrate"), world.times("migrate"));
            }
            let count = |told: &[Announcement], what| told.iter().filter(|one| *one == what).count();
            let (calm, told) = (calm_place.told(), place.told());
            assert!(calm.iter().all(|what| count(&calm, what) == count(&told, what)), "{told:?}");
        }
        (calm, calm_place.told(), places + 1)
    }
}

/// Whether orders of the group are due that were not there when it was settled.
fn settled(group: &Run<Group>) -> bool {
    group.next_wakeup().is_due(group.now())
}

fn short() -> Course {
    Course {
        preparation: vec![command("migrate", false)],
        completion: vec![],
        strategy: stages(3),
        ..course()
    }
}

fn both() -> GroupPlan {
    let of = |name: &str| Member { name: name.into(), course: short(), needs: vec![] };
    plan(vec![of("shop"), of("cart")], Pace::LockStep, OnFailure::BringBack)
}

#[test]
fn of_two_real_rollouts_one_fails_at_its_second_stage_and_both_come_back_wherever_a_process_dies() {
    let tale = Tale { plan: both(), fails: Some((1, "66 %")), abort_at: None };
    let place = Place::default();
    let end = tale.live(&Stage::new(Arc::new(MemoryJournal::new())), &place).unwrap();
    assert_eq!(end, (Phase::RolledBack, vec![rollout::Phase::RolledBack; 2]));
    let done = place.worlds(&tale).iter().map(|world| world.done().join(", ")).collect::<Vec<_>>();
    assert_eq!(done, ["migrate, 33 %, 66 %, 0 %, restore, smoke", "migrate, 33 %, 0 %, restore, smoke"]);
    assert_eq!(place.told(), [Announcement::Started, Announcement::TurningBack, Announcement::RolledBack]);
    let (end, told, stories) = tale.told();
    assert_eq!(end, (Phase::RolledBack, vec![rollout::Phase::RolledBack; 2]));
    assert_eq!(told, [Announcement::Started, Announcement::TurningBack, Announcement::RolledBack]);
    println!("{stories} stories told");
}

#[test]
fn two_real_rollouts_go_stage_by_stage_to_the_end() {
    let slow = Member { course: Course { strategy: stages(2), ..short() }, ..both().members[1].clone() };
    let plan = GroupPlan { members: vec![both().members[0].clone(), slow], ..both() };
    let (tale, place) = (Tale { plan, fails: None, abort_at: None }, Place::default());
    let end = tale.live(&Stage::new(Arc::new(MemoryJournal::new())), &place).unwrap();
    assert_eq!(end, (Phase::Done, vec![rollout::Phase::Done; 2]));
    let (end, told, stories) = tale.told();
    assert_eq!(end, (Phase::Done, vec![rollout::Phase::Done; 2]));
    assert_eq!(told, [Announcement::Started, Announcement::Completed]);
    println!("{stories} stories told");
}

/// The cart begins once the shop is done, and fails.
fn after_the_shop(shop: Course) -> Tale {
    let mut plan = GroupPlan { pace: Pace::Free, ..both() };
    let ungated = |course: &Course| Course { strategy: Strategy::canary(minutes(1)), ..course.clone() };
    plan.members[0].course = ungated(&shop);
    plan.members[1].course = ungated(&short());
    plan.members[1].needs = vec![Need { member: "shop".into(), point: Point::Done }];
    Tale { plan, fails: Some((1, "25 %")), abort_at: None }
}

#[test]
fn what_was_done_before_another_failed_is_brought_back_too() {
    let (end, told, _) = after_the_shop(short()).told();
    assert_eq!(end, (Phase::RolledBack, vec![rollout::Phase::RolledBack; 2]));
    assert_eq!(told, [Announcement::Started, Announcement::TurningBack, Announcement::RolledBack]);
}

#[test]
fn what_nothing_leads_back_waits_for_a_person() {
    let no_return = Some(rollout::NoReturn { step: 0, forward_fix: "deploy 2.1".into() });
    let tale = after_the_shop(Course { completion: vec![command("drop", true)], no_return, ..short() });
    let (end, told, _) = tale.told();
    assert_eq!(end, (Phase::RolledBack, vec![rollout::Phase::Done, rollout::Phase::RolledBack]));
    let needed = Announcement::PersonNeeded { member: 0 };
    assert_eq!(told, [Announcement::Started, Announcement::TurningBack, needed, Announcement::RolledBack]);
}

#[test]
fn a_person_aborts_the_group_and_each_member_comes_back_from_where_it_is() {
    let tale = Tale { plan: both(), fails: None, abort_at: Some((0, 1)) };
    let place = Place::default();
    let end = tale.live(&Stage::new(Arc::new(MemoryJournal::new())), &place).unwrap();
    assert_eq!(end, (Phase::RolledBack, vec![rollout::Phase::RolledBack; 2]));
}

#[test]
fn a_member_whose_stream_belongs_to_another_release_brings_the_group_back() {
    let tale = Tale { plan: both(), fails: None, abort_at: None };
    let (stage, place) = (Stage::new(Arc::new(MemoryJournal::new())), Place::default());
    let older = Course { revision: "r0".into(), ..short() };
    block_on(async {
        let run =
            Run::<Rollout>::open(Arc::clone(&stage.journal) as _, Arc::clone(&stage.clock) as _, "cart");
        let mut run = run.await.unwrap();
        run.ask(&crate::support::propose(&older)).await.unwrap();
        run.ask(&crate::support::abort()).await.unwrap();
    })
    .unwrap();
    let end = tale.live(&stage, &place).unwrap();
    // Nothing of the shop had begun but its approvals.
    assert_eq!(end, (Phase::RolledBack, vec![rollout::Phase::Aborted; 2]));
    assert!(place.worlds(&tale).iter().all(|world| world.done().is_empty()));
}

#[test]
fn a_recall_that_overtakes_its_proposal_leaves_nothing_to_come_to_life() {
    let (journal, clock): (Arc<dyn Journal>, _) =
        (Arc::new(MemoryJournal::new()), Arc::new(FakeClock::new()));
    let members = Members::new(Arc::clone(&journal), clock);
    let ask = |ask| Effect::Ask {
        group: "both".into(),
        member: 0,
        name: "shop".into(),
        course: Box::new(short()),
        ask,
    };
    let heard = [Ask::Recall, Ask::Begin, Ask::Recall, Ask::Open(1), Ask::Pause];
    for one in heard {
        let outcome = block_on(members.ask(&ask(one))).unwrap();
        assert_eq!(outcome, Outcome::Stands(Standing::Aborted));
    }
    let foreign = Effect::Ask {
        group: "both".into(),
        member: 0,
        name: "shop".into(),
        course: Box::new(Course { revision: "r2".into(), ..short() }),
        ask: Ask::Begin,
    };
    assert_eq!(block_on(members.ask(&foreign)).unwrap(), Outcome::Stands(Standing::Barred));
    let broken = Effect::Ask {
        group: "both".into(),
        member: 0,
        name: "cart".into(),
        course: Box::new(Course { rollback: vec![], ..short() }),
        ask: Ask::Begin,
    };
    assert_eq!(block_on(members.ask(&broken)).unwrap(), Outcome::Stands(Standing::Barred));
}
