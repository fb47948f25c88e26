//! Patients with names in many scripts, their studies, and the search for them in bytes, however they are written.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use data_encoding::{BASE64, HEXLOWER, HEXUPPER};
use dicom_object::{DefaultDicomObject, Tag};

use super::support::sample;

/// Shorter ones would be found in pixels by chance.
const PATTERN_BYTES_MIN: usize = 6;
/// What one compressed stream may inflate to.
const INFLATED_BYTES_MAX: u64 = 32 << 20;

/// A patient as the files know them: the character set, and values for the elements below.
pub struct Patient {
    character_set: &'static str,
    pub name: &'static str,
    address: &'static str,
    institution: &'static str,
    physician: &'static str,
    description: &'static str,
    pub number: &'static str,
}

pub const PATIENTS: [Patient; 4] = [
    Patient {
        character_set: "ISO_IR 100",
        name: "Zwölfbürger^Käthe Élodie",
        address: "Ährenstraße 17, 06642 Übersee",
        institution: "Klinikum Weißenfels",
        physician: "Grünlöffel^Jörg",
        description: "Schädel nach Sturz",
        number: "KW-0815-4711",
    },
    Patient {
        character_set: "ISO_IR 192",
        name: "Дементьев^Аркадий Петрович",
        address: "улица Заречная 5, Тула",
        institution: "Городская больница номер семь",
        physician: "Кузнецова^Валентина",
        description: "Контроль после операции",
        number: "ГБ7-99-31337",
    },
    Patient {
        character_set: "GB18030",
        name: "欧阳修文^建国同志",
        address: "北京市海淀区中关村大街二十七号",
        institution: "人民医院放射科",
        physician: "司马光耀^医生",
        description: "头颅磁共振复查",
        number: "RMYY20261124",
    },
    // Written by its bytes, below: the escape sequences are those of Japanese files.
    Patient {
        character_set: "\\ISO 2022 IR 87",
        name: "小笠原^健太郎左衛門",
        address: "東京都文京区本郷七丁目三番一号",
        institution: "大学病院放射線部",
        physician: "勅使河原^花子様",
        description: "頭部単純撮影再検",
        number: "TDB-556677-A",
    },
];

/// Values that are the same text in every file of a patient, beside those in its own language.
const ASCII: [(Tag, &str); 8] = [
    (Tag(0x0010, 0x0030), "19530417"),
    (Tag(0x0008, 0x0050), "ACC1234987"),
    (Tag(0x0010, 0x2154), "+49-3443-998877"),
    (
        Tag(0x0020, 0x000D),
        "1.2.826.0.1.3680043.8.498.111222333444555",
    ),
    (
        Tag(0x0020, 0x000E),
        "1.2.826.0.1.3680043.8.498.666777888999000",
    ),
    (Tag(0x0008, 0x1010), "MRT-KELLER-OST"),
    (Tag(0x0018, 0x1000), "SN-77-88-99-XY"),
    (Tag(0x0010, 0x1000), "VERSICHERT-A123456780"),
];

impl Patient {
    fn texts(&self) -> [(Tag, &'static str); 8] {
        [
            (Tag(0x0010, 0x0010), self.name),
            (Tag(0x0010, 0x1040), self.address),
            (Tag(0x0008, 0x0080), self.institution),
            (Tag(0x0008, 0x0090), self.physician),
            (Tag(0x0008, 0x1030), self.description),
            (Tag(0x0008, 0x103E), self.description),
            (Tag(0x0010, 0x0020), self.number),
            (Tag(0x0010, 0x4000), self.description),
        ]
    }

    /// The bytes of a value in this patient's files.
    fn bytes(&self, value: &str) -> Vec<u8> {
        match self.character_set {
            "ISO_IR 100" => value.chars().map(|it| it as u32 as u8).collect(),
            "GB18030" => encoding_rs::GB18030.encode(value).0.into_owned(),
            "\\ISO 2022 IR 87" => encoding_rs::ISO_2022_JP.encode(value).0.into_owned(),
            _ => value.as_bytes().to_vec(),
        }
    }

    /// The sample series as a study of this patient, in a folder and in files that are named after them.
    pub fn study(&self, under: &Path) -> PathBuf {
        let folder = under.join(self.name).join(self.number);
        fs::create_dir_all(&folder).expect("a folder");
        for (index, path) in sample_files().iter().enumerate() {
            let mut object = dicom_object::open_file(path).expect("it opens");
            let instance = format!("1.2.826.0.1.3680043.8.498.5.{index}");
            object.update_meta(|meta| meta.media_storage_sop_instance_uid.clone_from(&instance));
            put(&mut object, Tag(0x0008, 0x0018), instance.as_bytes());
            put(
                &mut object,
                Tag(0x0008, 0x0005),
                self.character_set.as_bytes(),
            );
            for (tag, value) in self.texts() {
                put(&mut object, tag, &self.bytes(value));
            }
            for (tag, value) in ASCII {
                put(&mut object, tag, value.as_bytes());
            }
            // A private block, as makers of scanners write them.
            put(&mut object, Tag(0x0029, 0x0010), b"CLISONIX TEST");
            put(&mut object, Tag(0x0029, 0x1001), &self.bytes(self.name));
            let file = folder.join(format!("{}-{index}.dcm", self.number));
            object.write_to_file(file).expect("written");
        }
        folder
    }
}

/// Bytes as they are: the element's own type would encode them again.
fn put(object: &mut DefaultDicomObject, tag: Tag, bytes: &[u8]) {
    use dicom_object::mem::InMemElement;
    let mut even = bytes.to_vec();
    if even.len() % 2 == 1 {
        even.push(b' ');
    }
    let value = dicom_core::PrimitiveValue::U8(even.into());
    object.put(InMemElement::new(tag, dicom_core::VR::UN, value));
}

pub fn sample_files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(sample())
        .expect("the sample study")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "dcm"))
        .collect();
    files.sort();
    files
}

/// All that must not leave: whole values and their parts.
fn identities() -> Vec<String> {
    let mut all: Vec<String> = ASCII.iter().map(|(_, value)| (*value).to_owned()).collect();
    for patient in &PATIENTS {
        for (_, value) in patient.texts() {
            all.push(value.to_owned());
            all.extend(value.split(['^', ' ', ',']).map(str::to_owned));
            all.push(value.replace('^', " "));
        }
    }
    all.sort();
    all.dedup();
    all
}

/// A text in every way that a program might write it.
pub fn patterns(text: &str) -> Vec<Vec<u8>> {
    let reversed = |text: &str| text.chars().rev().collect::<String>();
    let cases = [text.to_owned(), text.to_lowercase(), text.to_uppercase()];
    let mut encoded: Vec<Vec<u8>> = Vec::new();
    for text in cases
        .iter()
        .cloned()
        .chain(cases.iter().map(|it| reversed(it)))
    {
        encoded.push(text.as_bytes().to_vec());
        encoded.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        encoded.push(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        if text.chars().all(|it| (it as u32) < 256) {
            encoded.push(text.chars().map(|it| it as u32 as u8).collect());
        }
        for encoding in [
            encoding_rs::GB18030,
            encoding_rs::ISO_2022_JP,
            encoding_rs::SHIFT_JIS,
            encoding_rs::ISO_8859_5,
            encoding_rs::WINDOWS_1251,
        ] {
            let (bytes, _, missing) = encoding.encode(&text);
            if !missing {
                encoded.push(bytes.into_owned());
            }
        }
    }
    let backwards: Vec<Vec<u8>> = encoded
        .iter()
        .map(|bytes| bytes.iter().rev().copied().collect())
        .collect();
    encoded.extend(backwards);
    encoded.retain(|bytes| bytes.len() >= PATTERN_BYTES_MIN);
    let mut all = Vec::new();
    for bytes in &encoded {
        all.push(HEXLOWER.encode(bytes).into_bytes());
        all.push(HEXUPPER.encode(bytes).into_bytes());
        // Wherever the text stands in what was encoded: of each of three offsets, the characters that its neighbours do not change.
        for offset in 0..3 {
            let shifted = [&vec![0; offset][..], bytes].concat();
            let text = BASE64.encode(&shifted);
            let from = (offset * 8).div_ceil(6);
            let until = shifted.len() * 8 / 6;
            all.push(text.as_bytes()[from..until].to_vec());
        }
    }
    all.extend(encoded);
    all.retain(|bytes| bytes.len() >= PATTERN_BYTES_MIN);
    all.sort();
    all.dedup();
    all
}

pub struct Searcher {
    automaton: AhoCorasick,
    patterns: Vec<Vec<u8>>,
}

impl Searcher {
    /// Knows all of them.
    pub fn new() -> Self {
        let patterns: Vec<Vec<u8>> = identities().iter().flat_map(|it| patterns(it)).collect();
        let automaton = AhoCorasick::new(&patterns).expect("an automaton");
        Self {
            automaton,
            patterns,
        }
    }

    /// The first identity in the bytes, or in what is compressed in them.
    pub fn find(&self, bytes: &[u8]) -> Option<String> {
        let found = |bytes: &[u8]| {
            let found = self.automaton.find(bytes)?;
            let pattern = &self.patterns[found.pattern()];
            Some(String::from_utf8_lossy(pattern).into_owned())
        };
        found(bytes).or_else(|| inflated(bytes).iter().find_map(|bytes| found(bytes)))
    }
}

/// Everything in the bytes that inflates, wherever it begins.
fn inflated(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for at in 0..bytes.len().saturating_sub(2) {
        let rest = &bytes[at..];
        let mut out = Vec::new();
        // What breaks in the middle counts as far as it goes.
        let _ = match rest {
            [0x1f, 0x8b, 8, ..] => flate2::read::GzDecoder::new(rest)
                .take(INFLATED_BYTES_MAX)
                .read_to_end(&mut out),
            [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => flate2::read::ZlibDecoder::new(rest)
                .take(INFLATED_BYTES_MAX)
                .read_to_end(&mut out),
            _ => continue,
        };
        all.push(out);
    }
    all
}
