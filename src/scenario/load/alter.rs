//! Changes of the bank's answer, compiled.

use crate::document::placed::{Placed, Written};
use crate::scenario::file::{AlterFile, EditFile};
use crate::scenario::load::answer::{header_value, pointer, sent_name};
use crate::scenario::load::{Judge, scalars};
use crate::scenario::model::Edit;

impl Judge<'_> {
    pub(super) fn alter(&mut self, file: Placed<AlterFile>) -> Vec<Edit> {
        let edits = match file.value {
            AlterFile::One(edit) => vec![Placed {
                at: file.at,
                value: *edit,
            }],
            AlterFile::Many(edits) => edits,
        };
        if edits.is_empty() {
            self.miss(file.at, "found an empty list; allowed: at least one change");
        }
        edits
            .into_iter()
            .filter_map(|edit| self.edit(edit))
            .collect()
    }

    fn edit(&mut self, edit: Placed<EditFile>) -> Option<Edit> {
        let EditFile {
            set,
            remove,
            status,
            header,
            to,
        } = edit.value;
        let shape = "one of set with to, remove, status, header with to";
        match (set.0, remove.0, status.0, header.0, to.0) {
            (Some(at), None, None, None, Some(to)) => {
                let at = self.keep(pointer(&at))?;
                Some(Edit::Set(at, to.value.value))
            }
            (None, Some(at), None, None, None) => {
                if at.value.is_empty() {
                    let problem =
                        at.refused("a pointer to a value in the body, such as /client_id");
                    self.problems.push(problem);
                    return None;
                }
                self.keep(pointer(&at)).map(Edit::Remove)
            }
            (None, None, Some(number), None, None) => {
                self.keep(scalars::status(&number)).map(Edit::Status)
            }
            (None, None, None, Some(name), Some(to)) => {
                let name = self.keep(sent_name(&name));
                if to.value.value.is_null() {
                    return name.map(|name| Edit::Header(name, None));
                }
                if to.value.value.is_array() || to.value.value.is_object() {
                    self.refuse(to.at, "found a list or keys; allowed: a text, a number, or null, which leaves the field out");
                    return None;
                }
                let text = Placed {
                    at: to.at,
                    value: Written(to.value.written),
                };
                let value = self.keep(header_value(&text))?;
                name.map(|name| Edit::Header(name, Some(value)))
            }
            (Some(_), None, None, None, None) | (None, None, None, Some(_), None) => {
                self.miss(edit.at, format!("found no key `to`; allowed: {shape}"));
                None
            }
            (None, None, None, None, _) => {
                self.miss(edit.at, format!("found no change; allowed: {shape}"));
                None
            }
            _ => {
                self.refuse(edit.at, format!("found more than one change in one item; allowed: {shape}; make two items of it"));
                None
            }
        }
    }
}
