//! One cookie of a request.

use http::HeaderMap;
use http::header::COOKIE;

/// The value of the cookie `name`. One that is there twice is nobody's: which of them is ours cannot be told.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(known, _)| *known == name).map(|(_, value)| value);
    values.next().filter(|value| !value.is_empty() && values.next().is_none())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::cookie;

    fn read(lines: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("cookie", HeaderValue::from_static(line));
        }
        cookie(&headers, "__Host-a").map(str::to_owned)
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name_and_only_alone() {
        for lines in [&["__Host-a=1"][..], &["b=2; __Host-a=1; c"], &["b=2", "__Host-a=1"], &["x__Host-a=2;__Host-a=1"]]
        {
            assert_eq!(read(lines).as_deref(), Some("1"), "{lines:?}");
        }
        for lines in
            [&[][..], &["__Host-a="], &["__host-a=1"], &["__Host-a=1; __Host-a=1"], &["__Host-a=1", "__Host-a=2"]]
        {
            assert_eq!(read(lines), None, "{lines:?}");
        }
    }
}
