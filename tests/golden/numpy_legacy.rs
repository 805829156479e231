//! `random/numpy_legacy.json`: calls made one after another on one generator of NumPy's.

use ndarray::{Array1, ArrayD, IxDyn};
use serde_json::Value as Json;
use tf1::AnyArray;
use tf1::random::NumpyRandom;

use crate::array::Golden;
use crate::compare::{Disputes, Tolerance, compare};
use crate::json;
use crate::names::Names;
use crate::trouble::{Outcome, Trouble, no_differences};
use crate::value::Value;

/// Runs a case.
pub fn run(case: &Json) -> Outcome {
    let seed = json::given(case, "seed")
        .and_then(Json::as_u64)
        .and_then(|seed| u32::try_from(seed).ok());
    let mut rng =
        NumpyRandom::new(seed.ok_or_else(|| Trouble::fails("the seed is not a 32-bit number"))?);
    let mut differences = Vec::new();
    for (i, (call, golden)) in json::pairs(case, "calls", "results")?.enumerate() {
        let function = json::text(call, "fn")?;
        let arguments = Arguments::read(json::list(call, "args"))?;
        let ours = draw(&mut rng, function, &arguments).map_err(|trouble| trouble.at(function))?;
        let place = format!("results[{i}] ({function})");
        let golden = Golden::read(golden)?;
        differences.extend(compare(
            &place,
            &ours,
            &golden,
            Tolerance::Exact,
            &Disputes::default(),
        ));
    }
    no_differences(differences)
}

/// Calls the function of `RandomState` that is called `function`.
fn draw(rng: &mut NumpyRandom, function: &str, arguments: &Arguments) -> Outcome<AnyArray> {
    let a = arguments;
    Ok(match function {
        "rand" => rng.rand(a.all()?)?.into(),
        "randn" => rng.randn(a.all()?)?.into(),
        "random_sample" => rng.random_sample(a.size(0)?)?.into(),
        "standard_normal" => rng.standard_normal(a.size(0)?)?.into(),
        "normal" => rng.normal(a.float(0)?, a.float(1)?, a.size(2)?)?.into(),
        "uniform" => rng.uniform(a.float(0)?, a.float(1)?, a.size(2)?)?.into(),
        "exponential" => rng.exponential(a.float(0)?, a.size(1)?)?.into(),
        "standard_gamma" => rng.standard_gamma(a.float(0)?, a.size(1)?)?.into(),
        "gamma" => rng.gamma(a.float(0)?, a.float(1)?, a.size(2)?)?.into(),
        "beta" => rng.beta(a.float(0)?, a.float(1)?, a.size(2)?)?.into(),
        "randint" if a.given(1).is_none() => rng.randint(0, a.int(0)?, a.size(2)?)?.into(),
        "randint" => rng.randint(a.int(0)?, a.int(1)?, a.size(2)?)?.into(),
        "binomial" => rng.binomial(a.int(0)?, a.float(1)?, a.size(2)?)?.into(),
        "poisson" => rng.poisson(a.float(0)?, a.size(1)?)?.into(),
        "multinomial" => rng
            .multinomial(a.int(0)?, &a.array::<f64>(1)?, a.size(2)?)?
            .into(),
        "permutation" => permutation(rng, a)?,
        "shuffle" => {
            let mut array = a.array_of_any_rank(0)?;
            rng.shuffle_rows(&mut array)?;
            array.into()
        }
        "choice" => choice(rng, a)?,
        other => return Err(Trouble::lacks(format!("numpy.random.{other}"))),
    })
}

/// `permutation(n)`, or `permutation(array)`.
fn permutation(rng: &mut NumpyRandom, a: &Arguments) -> Outcome<AnyArray> {
    match a.given(0) {
        Some(Value::Int(n)) => Ok(rng
            .permutation(*n as usize)?
            .mapv(|number| number as i64)
            .into()),
        _ => Ok(rng.permutation_of(&a.array_of_any_rank(0)?)?.into()),
    }
}

/// `choice(a, size, replace, p)`.
fn choice(rng: &mut NumpyRandom, a: &Arguments) -> Outcome<AnyArray> {
    let population: Array1<i64> = match a.given(0) {
        Some(Value::Int(n)) => (0..*n).collect(),
        _ => a.array(0)?,
    };
    let p = a.given(3).map(|_| a.array::<f64>(3)).transpose()?;
    let mut choice = rng.choice(population.len());
    if let Some(Value::Bool(false)) = a.given(2) {
        choice = choice.without_replacement();
    }
    if let Some(p) = &p {
        choice = choice.p(p);
    }
    Ok(choice
        .draw(a.size(1)?)?
        .mapv(|chosen| population[chosen])
        .into())
}

/// The arguments of a call, all positional.
struct Arguments(Vec<Value>);

impl Arguments {
    fn read(arguments: &[Json]) -> Outcome<Self> {
        let read = |argument| Value::read(argument, &Names::new(&tf1::Graph::new()));
        Ok(Arguments(
            arguments.iter().map(read).collect::<Outcome<_>>()?,
        ))
    }

    fn given(&self, i: usize) -> Option<&Value> {
        self.0.get(i).filter(|value| !matches!(value, Value::None))
    }

    fn required(&self, i: usize) -> Outcome<&Value> {
        self.given(i)
            .ok_or_else(|| Trouble::fails(format!("argument {i} is missing")))
    }

    fn float(&self, i: usize) -> Outcome<f64> {
        self.array(i).map(|array| array[0])
    }

    fn int(&self, i: usize) -> Outcome<i64> {
        self.array(i).map(|array| array[0])
    }

    /// A number or a list of numbers, as a vector.
    fn array<T: crate::literal::Literal>(&self, i: usize) -> Outcome<Array1<T>> {
        Ok(self.required(i)?.to_array::<T>()?.into_iter().collect())
    }

    fn array_of_any_rank(&self, i: usize) -> Outcome<ArrayD<i64>> {
        self.required(i)?.to_array()
    }

    /// A size: nothing for a single value, a length or a list of lengths.
    fn size(&self, i: usize) -> Outcome<IxDyn> {
        match self.given(i) {
            None => Ok(IxDyn(&[])),
            Some(size) => lengths(size),
        }
    }

    /// All arguments as one size.
    fn all(&self) -> Outcome<IxDyn> {
        lengths(&Value::List(self.0.clone()))
    }
}

fn lengths(size: &Value) -> Outcome<IxDyn> {
    let lengths = if matches!(size, Value::List(items) if items.is_empty()) {
        Vec::new()
    } else {
        size.to_array::<i64>()?
            .into_iter()
            .map(|length| length as usize)
            .collect()
    };
    Ok(IxDyn(&lengths))
}
