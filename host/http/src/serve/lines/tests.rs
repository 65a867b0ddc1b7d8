//! Lines, however they are cut into reads.

use super::*;

const STREAM: &[u8] = b"\r\nPOST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n\nGET #\nPOST /b HTTP/1.1\r\n\
    transfer-encoding:\tchunked \r\n\r\n5;a=b\r\nab\ncd\r\n00\r\nt: 1\r\n\r\nGET / HTTP/1.1\r\n\r\n";

/// Where a refusal falls in `bytes`, given in two reads that are cut at `cut`.
fn refused_at(bytes: &[u8], cut: usize) -> Option<usize> {
    let mut lines = Lines::default();
    let (first, second) = bytes.split_at(cut);
    let first_refusal = lines.follow(first).err().map(|refused| refused.line_start);
    first_refusal.or_else(|| lines.follow(second).err().map(|refused| cut + refused.line_start))
}

#[test]
fn a_legal_stream_passes_however_it_is_cut() {
    for cut in 0..=STREAM.len() {
        let mut lines = Lines::default();
        let (first, second) = STREAM.split_at(cut);
        assert_eq!((lines.follow(first), lines.follow(second)), (Ok(()), Ok(())), "cut at {cut}");
        assert_eq!((lines.place(), lines.heads()), (Place::Between, 3), "cut at {cut}");
    }
}

#[test]
fn a_legal_stream_passes_byte_by_byte() {
    let mut lines = Lines::default();
    for byte in STREAM {
        assert_eq!(lines.follow(std::slice::from_ref(byte)), Ok(()));
    }
    assert_eq!((lines.place(), lines.heads()), (Place::Between, 3));
}

#[test]
fn an_illegal_line_is_refused_however_it_is_cut() {
    for line in ["x: 1\n", "content-length: 2\r\n", "content-length: -1\r\n", "transfer-encoding: x\r\n", "\n"] {
        let text = format!("GET / HTTP/1.1\r\nContent-Length: 1\r\n{line}\r\n");
        let line_start = text.len() - 2 - line.len();
        for cut in 0..=text.len() {
            let at = refused_at(text.as_bytes(), cut).expect("the line is refused");
            assert!((line_start..line_start + line.len()).contains(&at), "{line:?} cut at {cut}: {at}");
        }
    }
}

#[test]
fn the_place_is_known_at_every_byte() {
    let mut lines = Lines::default();
    let steps: [(&[u8], Place); 6] = [
        (b"\r\n", Place::Between),
        (b"G", Place::Head),
        (b"ET / HTTP/1.1\r\ncontent-length: 2\r\n", Place::Head),
        (b"\r\n", Place::Body),
        (b"a", Place::Body),
        (b"b", Place::Between),
    ];
    for (bytes, place) in steps {
        lines.follow(bytes).unwrap();
        assert_eq!(lines.place(), place, "after {bytes:?}");
    }
}

#[test]
fn a_line_without_end_is_not_held_without_end() {
    let mut lines = Lines::default();
    let piece = [b'x'; 1_024];
    let taken = (0..1_000).take_while(|_| lines.follow(&piece).is_ok()).count();
    assert_eq!(taken, LINE_BYTES / piece.len());
}
