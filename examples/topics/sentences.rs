//! Short sentences on some topics, drawn from small lists of words, and the numbers that a network
//! is fed for them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use ndarray::{Array1, Array2, Axis};
use tf1::random::NumpyRandom;

/// The topics, each with words that are used where it is spoken of.
pub const TOPICS: [(&str, &str); 5] = [
    (
        "weather",
        "rain snow wind storm cloud sun fog frost thunder hail umbrella forecast warm cold wet dry morning sky degrees mild",
    ),
    (
        "cooking",
        "soup bread salt pepper oven pan onion butter flour recipe kitchen dinner taste boil bake fry sugar lemon knife warm",
    ),
    (
        "sport",
        "match goal team coach player league ball referee score stadium season injury race medal win lose train final run fans",
    ),
    (
        "music",
        "song band concert guitar piano drum album choir melody stage singer tune rhythm note violin hall record play loud final",
    ),
    (
        "travel",
        "train plane ticket hotel passport airport luggage map border coast island tour bus harbour guide journey flight sun station hall",
    ),
];

/// Words of every topic.
const COMMON: &str = "the a we they she he in on with before after again very still and but then every this that was is will \
                      saw heard said took made likes wants friend people yesterday tomorrow city evening good new small old";

/// The words of the longest sentence.
pub const LONGEST: usize = 12;

/// Fills the place of words that a short sentence does not have.
pub const NO_WORD: i32 = 0;

/// Sentences as a network is fed them.
#[derive(Debug)]
pub struct Sentences {
    /// A row for each sentence: the numbers of its words.
    pub words: Array2<i32>,
    pub topics: Array1<i32>,
    /// The sentences themselves.
    pub texts: Vec<String>,
}

/// The number of every word, from 1 on.
#[derive(Debug)]
pub struct Vocabulary(BTreeMap<&'static str, i32>);

impl Vocabulary {
    pub fn new() -> Self {
        let lists = TOPICS.iter().map(|(_, words)| *words).chain([COMMON]);
        let mut numbers = BTreeMap::new();
        for word in lists.flat_map(str::split_whitespace) {
            let next = numbers.len() as i32 + 1;
            numbers.entry(word).or_insert(next);
        }
        Vocabulary(numbers)
    }

    /// How many numbers there are, with that of no word.
    pub fn len(&self) -> usize {
        self.0.len() + 1
    }

    /// The numbers of the words of `sentence`, without those that are not in the lists.
    pub fn numbers(&self, sentence: &str) -> [i32; LONGEST] {
        let lower = sentence.to_lowercase();
        let words = lower.split(|letter: char| !letter.is_alphabetic());
        let known = words.filter_map(|word| self.0.get(word));
        let mut row = [NO_WORD; LONGEST];
        row.iter_mut().zip(known).for_each(|(to, from)| *to = *from);
        row
    }
}

/// `count` sentences of 4 to [`LONGEST`] words. Of these, three in ten belong to the topic, one in
/// ten to any other, and the rest to none: some sentences tell nothing of their topic, so that not
/// even a reader would know.
pub fn draw(count: usize, vocabulary: &Vocabulary, seed: u32) -> tf1::Result<Sentences> {
    let mut random = NumpyRandom::new(seed);
    let mut below = |limit: usize| -> tf1::Result<usize> {
        Ok(random.randint(0, limit as i64, ())?.into_scalar() as usize)
    };
    let lists = TOPICS.map(|(_, words)| words.split_whitespace().collect::<Vec<_>>());
    let common = COMMON.split_whitespace().collect::<Vec<_>>();
    let (mut topics, mut texts) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let topic = below(TOPICS.len())?;
        let mut words = Vec::new();
        for _ in 0..4 + below(LONGEST - 3)? {
            let list = match below(10)? {
                0..3 => &lists[topic],
                3 => &lists[below(TOPICS.len())?],
                _ => &common,
            };
            words.push(list[below(list.len())?]);
        }
        topics.push(topic as i32);
        texts.push(words.join(" "));
    }
    let rows = texts.iter().map(|text| vocabulary.numbers(text));
    Ok(Sentences {
        words: Array2::from(rows.collect::<Vec<_>>()),
        topics: Array1::from(topics),
        texts,
    })
}

impl Sentences {
    /// Prints the first few, each with its topic.
    pub fn show(&self, out: &mut impl Write) -> io::Result<()> {
        for (text, &topic) in self.texts.iter().zip(&self.topics).take(3) {
            writeln!(out, "{}: \"{text}\"", TOPICS[topic as usize].0)?;
        }
        Ok(())
    }

    /// All sentences in random order, in batches of `size`.
    pub fn batches(
        &self,
        size: usize,
        random: &mut NumpyRandom,
    ) -> tf1::Result<Vec<(Array2<i32>, Array1<i32>)>> {
        let order = random.permutation(self.texts.len())?.to_vec();
        let batch = |rows: &[usize]| {
            let words = self.words.select(Axis(0), rows);
            (words, self.topics.select(Axis(0), rows))
        };
        Ok(order.chunks(size).map(batch).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_numbers_whatever_stands_around_them() {
        let vocabulary = Vocabulary::new();
        let row = vocabulary.numbers("Rain, unheard-of RAIN; and hail!");
        let and = vocabulary.0["and"];
        assert_eq!(row[..5], [1, 1, and, 10, NO_WORD]);
    }

    #[test]
    fn sentences_are_the_same_every_time_and_of_known_words() {
        let vocabulary = Vocabulary::new();
        let [once, again] = [(); 2].map(|()| draw(50, &vocabulary, 3).unwrap());
        assert_eq!(once.texts, again.texts);
        for (text, row) in once.texts.iter().zip(once.words.outer_iter()) {
            let known = row.iter().filter(|&&number| number != NO_WORD).count();
            assert_eq!(known, text.split(' ').count(), "{text}");
        }
    }
}
