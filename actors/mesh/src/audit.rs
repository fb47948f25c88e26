//! The audit log: who connected, paired and computed which digest when, as messages of DICOM PS3.15 A.5, one a line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use chrono::{SecondsFormat, Utc};
use quick_xml::Writer;

use crate::error::MeshError;
use crate::home::ChangeLock;

/// A file that reaches this length is put aside.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Files that were put aside; the oldest goes.
const FILES_KEPT: u32 = 7;
const FILE: &str = "audit.xml";

/// Something that must be told later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Audited {
    /// Sharing began on this node.
    Started,
    /// Sharing ended.
    Stopped,
    /// A paired node connected from an address.
    Connected(Party),
    /// It is gone.
    Disconnected(Party),
    /// A node was paired.
    Paired(Party),
    /// A node was removed.
    Forgotten(Party),
    /// A node was cut; why.
    Cut(Party, String),
    /// The user changed what is given.
    Limited(String),
    /// A job may be fetched by a node: its name, blobs and bytes.
    Left(Party, String, usize, u64),
    /// This node computed a task for another: the task and the digest of the answer.
    Given(Party, String, String),
    /// Another computed a task for this one: the task and the digest of the answer.
    Taken(Party, String, String),
}

/// The other side of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Party {
    /// Peer id.
    pub peer: String,
    /// Name.
    pub name: String,
    /// Where it is, where that is known.
    pub address: Option<String>,
}

/// Codes of DICOM PS3.16 CID 400 and 401: code and meaning.
type Code = (&'static str, &'static str);

const APPLICATION_ACTIVITY: Code = ("110100", "Application Activity");
const EXPORT: Code = ("110106", "Export");
const IMPORT: Code = ("110107", "Import");
const NETWORK_ENTRY: Code = ("110108", "Network Entry");
const SECURITY_ALERT: Code = ("110113", "Security Alert");
const APPLICATION_START: Code = ("110120", "Application Start");
const APPLICATION_STOP: Code = ("110121", "Application Stop");
const ATTACH: Code = ("110124", "Attach");
const DETACH: Code = ("110125", "Detach");
const NODE_AUTHENTICATION: Code = ("110126", "Node Authentication");
const SECURITY_CONFIGURATION: Code = ("110129", "Security Configuration");
const SOURCE: Code = ("110153", "Source Role ID");
const DESTINATION: Code = ("110152", "Destination Role ID");

/// How an event ended: 0 is well, 8 is a serious failure.
const WELL: &str = "0";
const SERIOUS: &str = "8";

impl Audited {
    /// Event, its type, how it ended.
    fn codes(&self) -> (Code, Option<Code>, &'static str) {
        match self {
            Self::Started => (APPLICATION_ACTIVITY, Some(APPLICATION_START), WELL),
            Self::Stopped => (APPLICATION_ACTIVITY, Some(APPLICATION_STOP), WELL),
            Self::Connected(_) => (NETWORK_ENTRY, Some(ATTACH), WELL),
            Self::Disconnected(_) => (NETWORK_ENTRY, Some(DETACH), WELL),
            Self::Paired(_) | Self::Forgotten(_) | Self::Limited(_) => {
                (SECURITY_ALERT, Some(SECURITY_CONFIGURATION), WELL)
            }
            Self::Cut(..) => (SECURITY_ALERT, Some(NODE_AUTHENTICATION), SERIOUS),
            Self::Left(..) | Self::Given(..) => (EXPORT, None, WELL),
            Self::Taken(..) => (IMPORT, None, WELL),
        }
    }

    fn party(&self) -> Option<&Party> {
        match self {
            Self::Started | Self::Stopped | Self::Limited(_) => None,
            Self::Connected(party)
            | Self::Disconnected(party)
            | Self::Paired(party)
            | Self::Forgotten(party)
            | Self::Cut(party, _)
            | Self::Left(party, ..)
            | Self::Given(party, ..)
            | Self::Taken(party, ..) => Some(party),
        }
    }

    /// What was done to what: a name and a value for each.
    fn objects(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Started | Self::Stopped | Self::Connected(_) | Self::Disconnected(_) => {
                Vec::new()
            }
            Self::Paired(_) => vec![("decision", "paired".to_owned())],
            Self::Forgotten(_) => vec![("decision", "forgotten".to_owned())],
            Self::Cut(_, clause) => vec![("reason", clause.clone())],
            Self::Limited(limits) => vec![("limits", limits.clone())],
            Self::Left(_, job, blobs, bytes) => vec![
                ("job", job.clone()),
                ("blobs", blobs.to_string()),
                ("bytes", bytes.to_string()),
            ],
            Self::Given(_, task, digest) | Self::Taken(_, task, digest) => {
                vec![("task", task.clone()), ("output digest", digest.clone())]
            }
        }
    }

    /// One message, on one line.
    pub(crate) fn message(&self, me: &Party, at: &str) -> Result<String, MeshError> {
        let written = self.write(me, at);
        let bytes = written.map_err(|error| MeshError::System(error.to_string()))?;
        // The writer was given text alone.
        let text =
            String::from_utf8(bytes).map_err(|error| MeshError::System(error.to_string()))?;
        Ok(text.replace(['\n', '\r'], " "))
    }

    fn write(&self, me: &Party, at: &str) -> io::Result<Vec<u8>> {
        let (event, kind, outcome) = self.codes();
        // Whoever sends the pixels is the source.
        let (mine, theirs) = match self {
            Self::Taken(..) => (DESTINATION, SOURCE),
            _ => (SOURCE, DESTINATION),
        };
        let mut writer = Writer::new(Vec::new());
        writer
            .create_element("AuditMessage")
            .write_inner_content(|writer| {
                writer
                    .create_element("EventIdentification")
                    .with_attribute(("EventActionCode", "E"))
                    .with_attribute(("EventDateTime", at))
                    .with_attribute(("EventOutcomeIndicator", outcome))
                    .write_inner_content(|writer| {
                        coded(writer, "EventID", event)?;
                        kind.map_or(Ok(()), |kind| coded(writer, "EventTypeCode", kind))
                    })?;
                participant(writer, me, mine, true)?;
                if let Some(party) = self.party() {
                    participant(writer, party, theirs, false)?;
                }
                writer
                    .create_element("AuditSourceIdentification")
                    .with_attribute(("AuditSourceID", me.peer.as_str()))
                    .write_inner_content(|writer| {
                        // 4: an application server process (PS3.15 A.5.1).
                        let kind = writer.create_element("AuditSourceTypeCode");
                        kind.with_attribute(("csd-code", "4")).write_empty()?;
                        Ok(())
                    })?;
                for (name, value) in self.objects() {
                    object(writer, name, &value)?;
                }
                Ok(())
            })?;
        Ok(writer.into_inner())
    }
}

fn coded(writer: &mut Writer<Vec<u8>>, element: &str, (code, meaning): Code) -> io::Result<()> {
    writer
        .create_element(element)
        .with_attribute(("csd-code", code))
        .with_attribute(("codeSystemName", "DCM"))
        .with_attribute(("originalText", meaning))
        .write_empty()
        .map(drop)
}

fn participant(
    writer: &mut Writer<Vec<u8>>,
    party: &Party,
    role: Code,
    is_requestor: bool,
) -> io::Result<()> {
    let mut element = writer
        .create_element("ActiveParticipant")
        .with_attribute(("UserID", party.peer.as_str()))
        .with_attribute(("UserName", party.name.as_str()))
        .with_attribute((
            "UserIsRequestor",
            if is_requestor { "true" } else { "false" },
        ));
    if let Some(address) = &party.address {
        // 2: an address of the internet protocol.
        element = element
            .with_attribute(("NetworkAccessPointID", address.as_str()))
            .with_attribute(("NetworkAccessPointTypeCode", "2"));
    }
    element
        .write_inner_content(|writer| coded(writer, "RoleIDCode", role))
        .map(drop)
}

/// What the event is about: a system object (type 2) of this program's own naming.
fn object(writer: &mut Writer<Vec<u8>>, name: &str, value: &str) -> io::Result<()> {
    writer
        .create_element("ParticipantObjectIdentification")
        .with_attribute(("ParticipantObjectID", value))
        .with_attribute(("ParticipantObjectTypeCode", "2"))
        .write_inner_content(|writer| {
            writer
                .create_element("ParticipantObjectIDTypeCode")
                .with_attribute(("csd-code", name))
                .with_attribute(("codeSystemName", "99CLISONIX"))
                .with_attribute(("originalText", name))
                .write_empty()
                .map(drop)
        })
        .map(drop)
}

/// The time of an event.
pub(crate) fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Adds messages at the end of the log, and puts a full file aside.
pub(crate) fn append(home: &Path, messages: &[String]) -> Result<(), MeshError> {
    let folder = home.join("audit");
    let path = folder.join(FILE);
    let failed = |source| MeshError::Write {
        path: path.clone(),
        source,
    };
    let _lock = ChangeLock::take(home)?;
    fs::create_dir_all(&folder).map_err(failed)?;
    if fs::metadata(&path).is_ok_and(|file| file.len() >= FILE_BYTES_MAX) {
        put_aside(&folder).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(failed)?;
    let mut lines = messages.join("\n");
    lines.push('\n');
    file.write_all(lines.as_bytes()).map_err(failed)
}

fn put_aside(folder: &Path) -> io::Result<()> {
    for number in (1..FILES_KEPT).rev() {
        let from = aside(folder, number);
        if from.exists() {
            fs::rename(from, aside(folder, number + 1))?;
        }
    }
    fs::rename(folder.join(FILE), aside(folder, 1))
}

fn aside(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("audit.{number}.xml"))
}

/// Writes the whole log as one XML document, oldest first; says how many messages there are.
pub fn export_audit(home: &Path, out: &mut dyn Write) -> Result<usize, MeshError> {
    let folder = home.join("audit");
    let older = (1..=FILES_KEPT).rev().map(|number| aside(&folder, number));
    let told = |path: &Path, source| MeshError::Read {
        path: path.to_owned(),
        source,
    };
    let to = |source| MeshError::System(format!("the audit log cannot be written out: {source}"));
    let mut count = 0;
    out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AuditMessages>\n")
        .map_err(to)?;
    for path in older.chain([folder.join(FILE)]) {
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened.map_err(|source| told(&path, source))?,
        };
        for line in BufReader::new(file).lines() {
            let line = line.map_err(|source| told(&path, source))?;
            // A line that a power cut left unfinished is no message.
            if line.ends_with("</AuditMessage>") {
                out.write_all(line.as_bytes()).map_err(to)?;
                out.write_all(b"\n").map_err(to)?;
                count += 1;
            }
        }
    }
    out.write_all(b"</AuditMessages>\n").map_err(to)?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(name: &str) -> Party {
        Party {
            peer: "12D3KooW".to_owned(),
            name: name.to_owned(),
            address: Some("10.0.0.5".to_owned()),
        }
    }

    #[test]
    fn a_message_says_who_did_what_and_cannot_be_forged_by_a_name() {
        let given = Audited::Given(party("<annex & \"co\">\n"), "task".into(), "digest".into());
        let message = given
            .message(&party("here"), "2026-11-24T10:00:00.000Z")
            .expect("text");
        assert!(
            !message.contains('\n') && !message.contains("<annex"),
            "{message}"
        );
        assert!(
            message.contains("&lt;annex &amp; &quot;co&quot;&gt;"),
            "{message}"
        );
        assert!(
            message.contains("EventDateTime=\"2026-11-24T10:00:00.000Z\""),
            "{message}"
        );
        assert!(message.contains("csd-code=\"110106\""), "{message}");
        assert!(
            message.contains("ParticipantObjectID=\"digest\""),
            "{message}"
        );
    }

    #[test]
    fn the_log_is_one_document_in_order_without_unfinished_lines() {
        let home = tempfile::tempdir().expect("a folder");
        let message = |at: &str| Audited::Started.message(&party("here"), at).expect("text");
        append(home.path(), &[message("1"), message("2")]).expect("written");
        append(
            home.path(),
            &["<AuditMessage><Cut".to_owned(), message("3")],
        )
        .expect("written");
        let mut out = Vec::new();
        assert_eq!(export_audit(home.path(), &mut out).expect("read"), 3);
        let mut reader = quick_xml::Reader::from_reader(out.as_slice());
        let mut times = Vec::new();
        loop {
            match reader.read_event().expect("well-formed") {
                quick_xml::events::Event::Start(start)
                    if start.name().as_ref() == b"EventIdentification" =>
                {
                    let at = start
                        .try_get_attribute("EventDateTime")
                        .expect("attributes");
                    times.push(at.expect("a time").value.into_owned());
                }
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(times, [b"1", b"2", b"3"]);
    }

    #[test]
    fn a_full_file_is_put_aside_and_the_oldest_goes() {
        let home = tempfile::tempdir().expect("a folder");
        let long = "x".repeat(usize::try_from(FILE_BYTES_MAX).expect("short"));
        for _ in 0..FILES_KEPT + 3 {
            append(home.path(), std::slice::from_ref(&long)).expect("written");
        }
        let files = fs::read_dir(home.path().join("audit")).expect("a folder");
        assert_eq!(files.count() as u32, FILES_KEPT + 1);
    }
}
