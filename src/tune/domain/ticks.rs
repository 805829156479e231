//! Round numbers to mark at an axis. Every function gives sets of them, the closest first.

/// How many marks are aimed at, set by set.
const COUNTS: [f64; 4] = [10.0, 6.0, 4.0, 2.0];

/// Multiples of 1, 2 or 5 times a power of ten.
pub(super) fn linear(low: f64, high: f64) -> Vec<Vec<f64>> {
    if low >= high {
        return vec![vec![low]];
    }
    COUNTS
        .map(|count| multiples(low, high, round_step((high - low) / count)))
        .into()
}

/// The least of 1, 2, 5, 10 times a power of ten that is not below `wanted`.
fn round_step(wanted: f64) -> f64 {
    let power = libm::exp10(libm::floor(libm::log10(wanted)));
    let factors = [1.0, 2.0, 5.0];
    let fitting = factors.into_iter().find(|factor| factor * power >= wanted);
    fitting.unwrap_or(10.0) * power
}

fn multiples(low: f64, high: f64, step: f64) -> Vec<f64> {
    // The ends themselves are marked in spite of rounding.
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    let count = (last - first).clamp(0.0, 20.0) as u32;
    // 1/step is whole where step is not: 3/10 is 0.3, and 3 · 0.1 is not.
    let inverse = (1.0 / step).round();
    (0..=count)
        .map(|index| first + f64::from(index))
        .map(|multiple| {
            if step < 1.0 {
                multiple / inverse
            } else {
                multiple * step
            }
        })
        .collect()
}

/// 1, 2 and 5 times powers of ten, powers of ten, and every second, third, ... of these; for less
/// than one power of ten, as on an even scale.
pub(super) fn logarithmic(low: f64, high: f64) -> Vec<Vec<f64>> {
    let decades = libm::log10(high / low);
    if decades < 1.0 {
        return linear(low, high);
    }
    let (first, last) = (decade(low), decade(high));
    let inside = |number: &f64| (low * (1.0 - 1e-9)..=high * (1.0 + 1e-9)).contains(number);
    let close = (first..=last).flat_map(|exponent| [1, 2, 5].map(|digit| (digit, exponent)));
    let mut sets = vec![close.map(decimal).filter(inside).collect()];
    for step in [1, 2, 3, 5, 10, 50, 200] {
        let powers = (first..=last).filter(|exponent| exponent % step == 0);
        sets.push(
            powers
                .map(|exponent| decimal((1, exponent)))
                .filter(inside)
                .collect(),
        );
    }
    sets
}

fn decade(number: f64) -> i32 {
    (libm::log10(number) + 1e-9).floor() as i32
}

/// Digit times a power of ten, rounded once.
fn decimal((digit, exponent): (i32, i32)) -> f64 {
    format!("{digit}e{exponent}").parse().unwrap_or(f64::NAN)
}

/// Every integer if they are few, then multiples of round numbers, then the ends.
pub(super) fn whole(low: i64, high: i64) -> Vec<Vec<i64>> {
    let length = high as f64 - low as f64;
    let mut sets = Vec::new();
    if length <= 12.0 {
        sets.push((low..=high).collect());
    }
    for count in COUNTS {
        let step = round_step(length.max(1.0) / count).max(1.0);
        let marks = multiples(low as f64, high as f64, step).into_iter();
        let marks = marks
            .map(|mark| mark as i64)
            .filter(|mark| (low..=high).contains(mark));
        sets.push(marks.collect());
    }
    sets.push(if low == high {
        vec![low]
    } else {
        vec![low, high]
    });
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_scales_have_round_numbers() {
        let sets = linear(0.1, 0.5);
        assert_eq!(sets[0], [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5]);
        assert_eq!(sets[3], [0.2, 0.4]);
        assert_eq!(linear(3.0, 3.0), [[3.0]]);
        // No step is large enough to be seen at 1e16, and still there is an end of it.
        assert!(linear(1e16, 1e16 + 2.0).iter().all(|set| set.len() < 25));
    }

    #[test]
    fn logarithmic_scales_have_powers_of_ten() {
        let sets = logarithmic(1e-4, 1.0);
        assert_eq!(sets[0][..4], [1e-4, 2e-4, 5e-4, 1e-3]);
        assert_eq!(sets[1], [1e-4, 1e-3, 0.01, 0.1, 1.0]);
        assert_eq!(logarithmic(0.2, 0.8)[2], [0.2, 0.4, 0.6, 0.8]);
        assert!(
            logarithmic(5e-324, f64::MAX)
                .iter()
                .any(|set| set.len() < 10)
        );
    }

    #[test]
    fn integers_are_marked_with_integers() {
        assert_eq!(whole(2, 4)[0], [2, 3, 4]);
        assert_eq!(whole(1, 100)[0], [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
        assert_eq!(whole(5, 5)[0], [5]);
        assert!(whole(i64::MIN, i64::MAX).iter().all(|set| set.len() < 25));
    }
}
