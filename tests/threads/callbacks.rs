//! What users' code calls while the crate runs it: whatever it is, it works or is an error at once.
//! None hangs.

use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex, OnceLock};

use ndarray::{ArrayD, arr1};
use tf1 as tf;
use tf1::train::{Optimizer, RuleOptimizer, Slots, Step, UpdateRule};
use tf1::{AnyTensor, Fetch, Float, Graph, Initializer, Operation, Regularizer, Tensor};

use crate::probe::{At, Call, Probe, World, expect_failed_precondition, within_time};

/// What a call does, and so where it is allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Does {
    UsesGraph,
    Reads,
    Changes,
}

/// What is called: its name, what it does, and the call, given the session's own world and another.
type Row = (&'static str, Does, fn(&World, &World) -> tf::Result<()>);

const CALLS: &[Row] = &[
    ("print", Does::UsesGraph, |world, _| {
        let text = format!("{:?} {:?} {}", world.graph, world.v, world.update);
        assert!(text.contains("Variable"), "{text}");
        Ok(())
    }),
    ("add nodes", Does::UsesGraph, |world, _| {
        let graph = &world.graph;
        graph.name_scope("inner", || tf::square(&world.x) + 1.0);
        assert!(graph.to_dot().contains("inner"));
        graph.get_operation_by_name("x")?;
        graph.check()
    }),
    ("run", Does::Reads, |world, _| {
        world.session.run(&world.read, []).map(expect_old)
    }),
    ("run traced", Does::Reads, |world, _| {
        let traced = world.session.run_traced(&world.read, [])?;
        expect_old(traced.0);
        Ok(())
    }),
    ("run prepared", Does::Reads, |world, _| {
        let mut twice = world.prepared.run([])?;
        world.prepared.run_into([], &mut twice)?;
        assert_eq!(twice, arr1(&[2.0, 4.0]).into_dyn());
        Ok(())
    }),
    ("snapshot", Does::Reads, |world, _| {
        let values = world.session.snapshot(&[world.v.any()])?;
        expect_old(values[0].view::<f32>().expect("it is float").to_owned());
        Ok(())
    }),
    ("is_initialized", Does::Reads, |world, _| {
        assert!(world.session.is_initialized(&world.v)?);
        Ok(())
    }),
    ("run another session", Does::Reads, |_, other| {
        other.session.run(&other.read, []).map(expect_old)
    }),
    ("update", Does::Changes, |world, _| {
        world.session.run(&world.update, [])
    }),
    ("update and read", Does::Changes, |world, _| {
        let fetches = (&world.update, &world.read);
        world.session.run(fetches, []).map(|_| ())
    }),
    ("initialize", Does::Changes, |world, _| {
        let initialize = world.graph.global_variables_initializer();
        world.session.run(&initialize, [])
    }),
    ("load", Does::Changes, |world, _| {
        world.session.load([(&world.v, arr1(&[7.0f32, 8.0]))])
    }),
    ("update in another session", Does::Changes, |_, other| {
        other.session.run(&other.update, [])
    }),
    ("load into another session", Does::Changes, |_, other| {
        other.session.load([(&other.v, arr1(&[7.0f32, 8.0]))])
    }),
];

/// What is read is from before the run's updates.
fn expect_old(value: ArrayD<f32>) {
    assert_eq!(value, arr1(&[1.0, 2.0]).into_dyn());
}

/// Whether an op may do that there; `None` where it depends.
fn is_allowed(at: At, does: Does) -> Option<bool> {
    match at {
        _ if does == Does::UsesGraph => Some(true),
        At::Infer | At::Gradient | At::Compute => Some(true),
        At::ComputeAfterUpdate | At::Update | At::Check => Some(does == Does::Reads),
        At::InferWhenPlanned | At::ComputeWhenFolded | At::NewState => Some(false),
        At::ComputeWithState | At::ComputeAfterUpdateInPlace | At::UpdateInPlace => Some(false),
        // Some of these are asked for while nothing is held.
        At::Description => None,
    }
}

type Outcomes = Arc<Mutex<Vec<tf::Result<()>>>>;

/// A call as the op makes it, and what comes out of it.
fn recorded(row: &'static Row, world: &Arc<World>, other: &Arc<World>) -> (Call, Outcomes) {
    let outcomes = Outcomes::default();
    let (record, world, other) = (outcomes.clone(), Arc::clone(world), Arc::clone(other));
    let call = move || {
        let outcome = row.2(&world, &other);
        record.lock().expect("nobody panics with it").push(outcome);
    };
    (Arc::new(call), outcomes)
}

fn expect_outcomes(what: &str, outcomes: &Outcomes, allowed: Option<bool>) {
    let outcomes = outcomes.lock().expect("nobody panics with it");
    assert!(!outcomes.is_empty(), "{what}: was never called");
    for outcome in &*outcomes {
        match (outcome, allowed) {
            (Ok(()), Some(true) | None) => {}
            (Err(error), Some(false) | None) => {
                expect_failed_precondition(error);
                assert!(error.to_string().contains("tf1::op::Op"), "{error}");
            }
            (outcome, _) => panic!("{what}: {outcome:?}"),
        }
    }
}

/// Graph and session can be used as before.
fn expect_to_work(world: &World) {
    let run = || -> tf::Result<()> {
        world.session.load([(&world.v, arr1(&[1.0f32, 2.0]))])?;
        world.session.run(&world.read, []).map(expect_old)?;
        world.session.run(&world.update, [])?;
        let next = world.session.run(tf::square(&world.v), [])?;
        assert_eq!(next, arr1(&[4.0, 9.0]).into_dyn());
        Ok(())
    };
    run().expect("the session works");
}

#[test]
fn every_method_of_an_op_may_call_everything_or_is_told_that_it_may_not() {
    for at in At::ALL {
        for row in CALLS {
            let what = format!("{at:?}: {}", row.0);
            within_time(&what.clone(), move || {
                let (world, other) = (Arc::new(World::new()), Arc::new(World::new()));
                let (call, outcomes) = recorded(row, &world, &other);
                world
                    .run_probe(Probe::new(at, call))
                    .unwrap_or_else(|error| panic!("{what}: {error}"));
                expect_outcomes(&what, &outcomes, is_allowed(at, row.1));
                expect_to_work(&world);
            });
        }
    }
}

#[test]
fn a_session_may_be_closed_by_an_op() {
    for at in At::ALL {
        let what = format!("{at:?}: close");
        within_time(&what.clone(), move || {
            let world = Arc::new(World::new());
            let session = world.session.clone();
            let probe = Probe::new(at, Arc::new(move || session.close()));
            let calls = Arc::clone(&probe.calls);
            // The run ends as it would have, or says that the session was closed before it began.
            if let Err(error) = world.run_probe(probe) {
                assert!(
                    error.message().contains("closed Session"),
                    "{what}: {error}"
                );
            }
            assert!(calls.load(SeqCst) > 0, "{what}: was never called");
            let error = world.session.run(&world.read, []);
            let error = error.expect_err("the session is closed");
            expect_failed_precondition(&error);
        });
    }
}

#[test]
fn an_op_that_runs_itself_for_ever_is_stopped() {
    #[derive(Debug)]
    struct Endless(Arc<OnceLock<(tf::Session, Tensor)>>);
    impl tf::op::Op for Endless {
        fn op_type(&self) -> &'static str {
            "Endless"
        }
        fn infer(&self, _: &tf::op::InferContext<'_>) -> tf::Result<Vec<tf::op::TensorInfo>> {
            Ok(vec![tf::op::TensorInfo::new(tf::DType::Float32, [])])
        }
        fn compute(&self, cx: &mut tf::op::Kernel<'_, '_>) -> tf::Result<()> {
            let (session, own) = self.0.get().expect("it is set before the run");
            cx.outputs.set(0, session.run(own, [])?);
            Ok(())
        }
    }
    within_time("an op that runs itself", || {
        let own = Arc::new(OnceLock::new());
        let graph = Graph::new();
        let y = graph
            .add_op(Endless(Arc::clone(&own)), &[])
            .output::<f32>(0);
        let session = tf::Session::new(&graph).expect("the graph is right");
        own.set((session.clone(), y.clone())).expect("once");
        let error = session.run(&y, []).expect_err("it would never end");
        expect_failed_precondition(&error);
        assert!(error.message().contains("runs deep"), "{error}");
    });
}

/// Calls everything, which must work: nothing is held while these are asked.
fn call_all(world: &World) {
    let other = World::new();
    for (name, _, call) in CALLS {
        let load = world.session.load([(&world.v, arr1(&[1.0f32, 2.0]))]);
        load.expect("it fits");
        call(world, &other).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    world
        .session
        .load([(&world.v, arr1(&[1.0f32, 2.0]))])
        .expect("it fits");
}

/// Builds and runs with code of the user's that calls everything.
struct Caller(Arc<World>);

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Caller")
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        call_all(&self.0);
    }
}

impl Initializer<f32> for Caller {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor {
        call_all(&self.0);
        graph.zeros(shape)
    }
}

impl Regularizer for Caller {
    fn penalty(&self, weights: &AnyTensor) -> Option<AnyTensor> {
        call_all(&self.0);
        let weights = weights.typed::<f32>().ok()?;
        Some(tf::reduce_sum(weights, ..).any())
    }
}

impl Fetch for Caller {
    type Output = ArrayD<f32>;

    fn request(&self, request: &mut tf::Request) {
        call_all(&self.0);
        self.0.read.request(request);
    }

    fn collect(&self, results: &mut tf::Results<'_>) -> tf::Result<ArrayD<f32>> {
        call_all(&self.0);
        self.0.read.collect(results)
    }

    fn offer<'o>(&self, into: &'o mut ArrayD<f32>, places: &mut tf::Places<'o>) {
        call_all(&self.0);
        self.0.read.offer(into, places);
    }
}

#[test]
fn initializers_regularizers_fetches_and_closures_may_call_everything() {
    within_time("users' code", || {
        let world = Arc::new(World::new());
        let caller = || Caller(Arc::clone(&world));
        let graph = &world.graph;
        let scope = tf::VariableScope::new("scope").regularizer(caller());
        graph.variable_scope(scope, || {
            graph.get_variable("w", [2], caller());
            call_all(&world);
        });
        graph.control_dependencies([&graph.no_op()], || call_all(&world));
        world.session.run(caller(), []).expect("it is read");
        let prepared = world.session.prepare(caller(), ());
        let prepared = prepared.expect("it can be prepared");
        let mut value = prepared.run([]).expect("it is read");
        prepared.run_into([], &mut value).expect("it is read");
        expect_old(value);
        drop(prepared);
        expect_to_work(&world);
    });
}

/// A rule that asks its own optimizer.
struct Rule {
    world: Arc<World>,
    optimizer: Arc<OnceLock<RuleOptimizer<Rule>>>,
    refused: Arc<Mutex<Vec<tf::Error>>>,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rule")
    }
}

impl Rule {
    fn call(&self) {
        call_all(&self.world);
        let optimizer = self.optimizer.get().expect("it is set before it is used");
        let slots = optimizer.variables().len() + optimizer.get_slot_names().len();
        assert!(slots == 0 || optimizer.get_slot(&self.world.v, "slot").is_some());
        let pairs = [(Some(self.world.x.any().into()), self.world.v.any())];
        let refused = optimizer.update(&pairs, &Default::default());
        let refused = refused.expect_err("the optimizer is adding ops");
        self.refused.lock().expect("nobody panics").push(refused);
    }
}

impl UpdateRule for Rule {
    type Terms = ();

    fn terms(&self, _: &Graph) {
        self.call();
    }

    fn create_slots<T: Float>(&self, slots: &mut Slots, variable: &tf::Variable<T>) {
        self.call();
        slots.zeros(variable, "slot");
        self.call();
    }

    fn apply_dense<T: Float>(
        &self,
        _: &Step<'_, ()>,
        variable: &tf::Variable<T>,
        gradient: &Tensor<T>,
    ) -> Operation {
        self.call();
        variable.assign_sub(gradient).op()
    }
}

#[test]
fn a_rule_may_call_everything_and_ask_its_own_optimizer() {
    within_time("an optimizer's rule", || {
        let world = Arc::new(World::new());
        let (own, refused) = (Arc::new(OnceLock::new()), Arc::default());
        let rule = Rule {
            world: Arc::clone(&world),
            optimizer: Arc::clone(&own),
            refused: Arc::clone(&refused),
        };
        assert!(own.set(RuleOptimizer::with_rule("Rule", rule)).is_ok());
        let optimizer = own.get().expect("it was set");
        let train = optimizer.minimize(tf::reduce_sum(tf::square(&world.v), ..));
        expect_to_work(&world);
        world.session.run(&train, []).expect("it trains");
        for error in &*refused.lock().expect("nobody panics") {
            expect_failed_precondition(error);
        }
    });
}

/// A state that uses its session when it is dropped, which is when the session is closed.
#[test]
fn a_state_may_use_the_session_that_drops_it() {
    #[derive(Debug)]
    struct Keeper(Arc<World>);
    struct State(Arc<World>);
    impl Drop for State {
        fn drop(&mut self) {
            let error = self.0.session.run(&self.0.read, []);
            let error = error.expect_err("the session is closed");
            expect_failed_precondition(&error);
            self.0.session.close();
        }
    }
    impl tf::op::Op for Keeper {
        fn op_type(&self) -> &'static str {
            "Keeper"
        }
        fn infer(&self, _: &tf::op::InferContext<'_>) -> tf::Result<Vec<tf::op::TensorInfo>> {
            Ok(vec![tf::op::TensorInfo::new(tf::DType::Float32, [])])
        }
        fn compute(&self, cx: &mut tf::op::Kernel<'_, '_>) -> tf::Result<()> {
            cx.outputs.alloc::<f32>(0, &[])?;
            Ok(())
        }
        fn effect(&self) -> tf::op::Effect {
            tf::op::Effect::Stateful
        }
        fn new_state(&self) -> Option<Box<dyn std::any::Any + Send>> {
            Some(Box::new(State(Arc::clone(&self.0))))
        }
    }
    within_time("a state that is dropped", || {
        let world = Arc::new(World::new());
        let y = world.graph.add_op(Keeper(Arc::clone(&world)), &[]);
        let y = y.output::<f32>(0);
        let prepared = world.session.prepare(&y, ());
        let prepared = prepared.expect("it can be prepared");
        prepared.run([]).expect("it runs");
        world.session.close();
        drop(prepared);
    });
}
