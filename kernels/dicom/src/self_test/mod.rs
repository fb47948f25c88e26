//! The synthetic set: one image or series for each rule of display, made here, with what a right display of it gives.

mod build;
mod greys;
mod marks;
mod places;

use std::fmt::Write;
use std::io::Cursor;
use std::path::Path;

use kernel_imaging::{
    Frame, FrameReference, Instance, Presentation, Rgba8Image, TextRule, present,
};

use crate::decode::decode_frame;
use crate::error::DicomError;
use crate::instance::read_instance;

type Observe = fn(&Read) -> Result<String, String>;

/// One rule of display with its images.
pub struct SelfTestCase {
    /// Number of the rule.
    pub rule: u8,
    /// What it promises, a sentence.
    pub title: &'static str,
    /// DICOM files, whole.
    pub files: Vec<Vec<u8>>,
    /// What a right display gives.
    pub expected: &'static str,
    observe: Observe,
}

/// How a case went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfTestResult {
    /// Number of the rule.
    pub rule: u8,
    /// What it promises.
    pub title: &'static str,
    /// What a right display gives.
    pub expected: &'static str,
    /// What this program gives here, or why it gives nothing.
    pub observed: String,
}

impl SelfTestResult {
    /// Whether the rule is kept here.
    pub fn is_kept(&self) -> bool {
        self.expected == self.observed
    }
}

impl SelfTestCase {
    /// Reads, decodes and displays the case's files, as those of a scanner would be.
    pub fn run(&self) -> SelfTestResult {
        let observed = Read::of(&self.files)
            .map_err(|error| error.to_string())
            .and_then(|read| (self.observe)(&read))
            .unwrap_or_else(|reason| reason);
        SelfTestResult {
            rule: self.rule,
            title: self.title,
            expected: self.expected,
            observed,
        }
    }
}

/// All cases, in the order of their rules.
///
/// # Errors
/// [`DicomError`] when a file cannot be made, which no input can cause.
pub fn self_test_cases() -> Result<Vec<SelfTestCase>, DicomError> {
    let mut cases = greys::cases()?;
    cases.extend(places::cases()?);
    cases.extend(marks::cases()?);
    cases.sort_by_key(|case| case.rule);
    Ok(cases)
}

/// The files of a case as the product reads them.
struct Read {
    files: Vec<Vec<u8>>,
    instances: Vec<Instance>,
}

impl Read {
    fn of(files: &[Vec<u8>]) -> Result<Self, DicomError> {
        let instances = files.iter().enumerate().map(|(at, bytes)| {
            let name = format!("{at}.dcm");
            read_instance(
                Cursor::new(bytes),
                bytes.len() as u64,
                Path::new(&name),
                TextRule::default(),
            )
        });
        Ok(Self {
            instances: instances.collect::<Result<_, _>>()?,
            files: files.to_vec(),
        })
    }

    fn first(&self) -> Result<&Instance, String> {
        self.instances.first().ok_or_else(|| "no file".to_owned())
    }

    fn frame(&self, frame: usize) -> Result<Frame, String> {
        let bytes = self.files.first().ok_or("no file")?;
        let length = bytes.len() as u64;
        decode_frame(Cursor::new(bytes), length, self.first()?, frame)
            .map_err(|error| error.to_string())
    }

    fn reference(&self, frame: usize) -> Result<FrameReference, String> {
        let instance = self.first()?.clone().into();
        Ok(FrameReference { instance, frame })
    }

    /// A frame as it is first seen.
    fn shown(&self, frame: usize) -> Result<Rgba8Image, String> {
        let reference = self.reference(frame)?;
        let attributes = reference.attributes();
        let presentation = Presentation::initial(attributes, &reference.instance.modality);
        present(&self.frame(frame)?, attributes, &presentation).map_err(|error| error.to_string())
    }

    /// Greys of all pixels of all frames.
    fn greys(&self) -> Result<String, String> {
        let frames = 0..self.first()?.frames.len();
        let all = frames.map(|frame| Ok(greys(&self.shown(frame)?)));
        Ok(all.collect::<Result<Vec<_>, String>>()?.join(" | "))
    }

    /// Red, green and blue of all pixels of the first frame.
    fn colours(&self) -> Result<String, String> {
        let image = self.shown(0)?;
        let pixels = image.pixels.as_chunks::<4>().0.iter();
        let words: Vec<String> = pixels
            .map(|[red, green, blue, _]| format!("{red},{green},{blue}"))
            .collect();
        Ok(words.join(" "))
    }
}

fn greys(image: &Rgba8Image) -> String {
    let mut words = String::new();
    for (at, [red, green, blue, _]) in image.pixels.as_chunks::<4>().0.iter().enumerate() {
        if at > 0 {
            words.push(' ');
        }
        // Writing to a text cannot fail.
        let _ = match red == green && green == blue {
            true => write!(words, "{red}"),
            false => write!(words, "{red},{green},{blue}"),
        };
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_kept_and_each_rule_has_one() {
        let cases = self_test_cases().expect("the files can be made");
        let mut rules: Vec<u8> = cases.iter().map(|case| case.rule).collect();
        for case in &cases {
            let result = case.run();
            assert!(
                result.is_kept(),
                "rule {}: expected `{}`, observed `{}`",
                result.rule,
                result.expected,
                result.observed
            );
        }
        rules.dedup();
        let expected: Vec<u8> = (1..=26).chain([29, 31, 33, 35]).collect();
        assert_eq!(rules, expected);
    }

    #[test]
    fn a_wrong_picture_is_noticed() {
        let mut cases = self_test_cases().expect("the files can be made");
        let case = &mut cases[0];
        // The high byte of the last pixel holds bits that are not stored.
        let last = case.files[0].len() - 2;
        case.files[0][last] ^= 0x08;
        assert!(!case.run().is_kept());
        case.files[0].truncate(140);
        let broken = case.run();
        assert!(!broken.is_kept() && !broken.observed.is_empty());
    }
}
