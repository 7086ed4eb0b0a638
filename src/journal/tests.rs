//! The ring.

use bytes::Bytes;

use super::*;

fn exchange(status: u16) -> Exchange {
    Exchange {
        method: "GET".to_owned(),
        response: Some(Answer {
            status,
            ..Answer::default()
        }),
        ..Exchange::default()
    }
}

#[test]
fn numbers_begin_with_one_and_go_on_after_a_clear() {
    let journal = Journal::default();
    assert_eq!(journal.push(exchange(200)).id, 1);
    assert_eq!(journal.push(exchange(201)).id, 2);
    journal.clear();
    assert_eq!((journal.len(), journal.bytes()), (0, 0));
    assert!(journal.exchange(2).is_none());
    assert_eq!(journal.push(exchange(202)).id, 3);
    assert_eq!(journal.exchange(3).unwrap().status(), Some(202));
    assert!(journal.exchange(1).is_none());
    assert!(journal.exchange(4).is_none());
    assert_eq!(journal.last_id(), 3);
}

#[test]
fn one_that_is_removed_is_gone_alone() {
    let journal = Journal::default();
    for status in [200, 201, 202] {
        journal.push(exchange(status));
    }
    let bytes = journal.bytes();
    assert!(journal.remove(2) && !journal.remove(2) && !journal.remove(4));
    assert!(journal.exchange(2).is_none());
    assert_eq!(journal.exchange(3).unwrap().status(), Some(202));
    let ids: Vec<u64> = journal.after(0).iter().map(|kept| kept.id).collect();
    assert_eq!(ids, [1, 3]);
    assert!(journal.bytes() < bytes);
    assert!(journal.remove(1) && journal.remove(3));
    assert_eq!((journal.bytes(), journal.dropped()), (0, 0));
    assert_eq!(journal.push(exchange(203)).id, 4);
}

#[test]
fn news_tell_how_many_were_missed() {
    let journal = Journal::new(JournalLimits {
        exchanges: 3,
        ..JournalLimits::default()
    });
    let told = |after, most| {
        let news = journal.news(after, most);
        let ids: Vec<u64> = news.exchanges.iter().map(|kept| kept.id).collect();
        (ids, news.missed, news.until)
    };
    assert_eq!(told(0, 9), (vec![], 0, 0));
    for status in [200, 201, 202, 203, 204] {
        journal.push(exchange(status));
    }
    assert_eq!(told(0, 9), (vec![3, 4, 5], 2, 5));
    assert_eq!(told(1, 2), (vec![3, 4], 1, 4));
    assert_eq!(told(4, 2), (vec![5], 0, 5));
    assert_eq!(told(5, 2), (vec![], 0, 5));
    assert_eq!(told(9, 2), (vec![], 0, 9));
    journal.remove(4);
    assert_eq!(told(2, 9), (vec![3, 5], 1, 5));
    journal.clear();
    assert_eq!(told(4, 9), (vec![], 1, 5));
}

#[test]
fn the_oldest_make_room_and_are_counted() {
    let journal = Journal::new(JournalLimits {
        exchanges: 2,
        ..JournalLimits::default()
    });
    for status in [200, 201, 202] {
        journal.push(exchange(status));
    }
    let ids: Vec<u64> = journal.after(0).iter().map(|kept| kept.id).collect();
    assert_eq!(ids, [2, 3]);
    assert_eq!(journal.dropped(), 1);
}

#[test]
fn the_bytes_of_a_hundred_thousand_exchanges_are_bounded() {
    let limits = JournalLimits {
        exchanges: 1_000,
        bytes: 1024 * 1024,
        body: 4 * 1024,
    };
    let journal = Journal::new(limits);
    for number in 0..100_000_usize {
        let mut pushed = exchange(200);
        pushed.request.body = Bytes::from(vec![b'x'; number % 8_192]).into();
        journal.push(pushed);
        assert!(journal.bytes() <= limits.bytes);
        assert!(journal.len() <= limits.exchanges);
    }
    let summed: usize = journal.after(0).iter().map(|kept| size::of(kept)).sum();
    assert_eq!(journal.bytes(), summed);
    assert_eq!(journal.dropped(), 100_000 - journal.len() as u64);
    assert!(journal.len() > 100);
}

#[test]
fn a_body_beyond_the_limit_is_cut_and_says_how_long_it_was() {
    let journal = Journal::new(JournalLimits {
        bytes: 10,
        body: 4,
        ..JournalLimits::default()
    });
    let mut pushed = exchange(200);
    pushed.request.body = Bytes::from_static(b"123456").into();
    let kept = journal.push(pushed);
    assert_eq!(kept.request.body.bytes(), b"1234");
    assert_eq!(kept.request.body.length(), 6);
    assert!(kept.request.body.is_cut());
    assert!(!kept.response.as_ref().unwrap().body.is_cut());
    // One is kept, however large.
    assert_eq!(journal.len(), 1);
}

#[test]
fn a_query_takes_the_first_ones_after_a_number() {
    let journal = Journal::default();
    for status in [200, 404, 200, 404, 404] {
        let mut pushed = exchange(status);
        pushed.bank = Some(format!("bank-{status}"));
        journal.push(pushed);
    }
    let ids = |query: Query| {
        let found = journal.query(&query);
        found.iter().map(|found| found.id).collect::<Vec<_>>()
    };
    let all = Query::default();
    assert_eq!(ids(all.clone()), [1, 2, 3, 4, 5]);
    let missed = Query {
        status: Some(404),
        bank: Some("bank-404".to_owned()),
        ..all.clone()
    };
    assert_eq!(ids(missed.clone()), [2, 4, 5]);
    let after = Query {
        after: Some(2),
        limit: Some(1),
        ..missed
    };
    assert_eq!(ids(after), [4]);
    let beyond = Query {
        after: Some(u64::MAX),
        ..all.clone()
    };
    assert!(ids(beyond).is_empty());
    let others = Query {
        operation: Some("register".to_owned()),
        ..all
    };
    assert!(ids(others).is_empty());
}

#[test]
fn who_waits_for_exchanges_hears_of_new_ones() {
    let journal = Journal::default();
    let mut news = journal.subscribe();
    assert!(!news.has_changed().unwrap());
    journal.push(exchange(200));
    assert!(news.has_changed().unwrap());
    assert_eq!(*news.borrow_and_update(), 1);
}

#[test]
fn how_an_answer_was_delivered_is_known_after_it_was_recorded() {
    let kept = Journal::default().push(exchange(200));
    assert_eq!(kept.delivered(), Delivered::None);
    assert_eq!(kept.delivery.after_micros(), None);
    kept.set_delivered(Delivered::Partial, 0);
    assert_eq!(kept.delivered(), Delivered::Partial);
    assert_eq!(kept.delivery.after_micros(), Some(0));
    kept.set_delivered(Delivered::Complete, 7);
    assert_eq!(kept.delivered(), Delivered::Complete);
}
