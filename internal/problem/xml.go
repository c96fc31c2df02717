package problem

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strconv"
	"unicode/utf8"
)

// Namespace is the XML namespace of problem documents. RFC 9457 kept the name that RFC 7807 had given.
const Namespace = "urn:ietf:rfc:7807"

// AppendXML appends d as an XML document as RFC 9457, appendix B, describes it: the members of the document in JSON as elements,
// with elements named "i" in an array. The document is well-formed for every d: characters that XML does not allow become U+FFFD,
// and names are made to fit.
func AppendXML(dst []byte, d *Document) []byte {
	dst = append(dst, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<problem xmlns="`+Namespace+`">`...)
	dst = AppendXMLMembers(dst, d)
	return append(dst, "</problem>"...)
}

// AppendXMLMembers appends what is inside of the root element of AppendXML.
func AppendXMLMembers(dst []byte, d *Document) []byte {
	dec := json.NewDecoder(bytes.NewReader(AppendJSON(nil, d)))
	dec.UseNumber()
	_, _ = dec.Token() // the opening brace
	return appendMembers(dst, json.Delim('{'), dec)
}

// appendMembers appends the members of an object, or of an array, up to and including its closing bracket.
func appendMembers(dst []byte, opening json.Delim, dec *json.Decoder) []byte {
	for dec.More() {
		name := "i"
		if opening == '{' {
			key, _ := dec.Token()
			name, _ = key.(string)
		}
		dst = appendTree(dst, name, dec)
	}
	_, _ = dec.Token()
	return dst
}

// appendTree appends the next JSON value of dec as an element with this name. The value has been encoded by us, so
// that its syntax and its depth are known to be good.
func appendTree(dst []byte, name string, dec *json.Decoder) []byte {
	start := len(dst)
	dst = append(appendName(append(dst, '<'), name), '>')
	tag := string(dst[start+1 : len(dst)-1])
	t, err := dec.Token()
	if err != nil {
		return dst[:start]
	}
	switch x := t.(type) {
	case json.Delim:
		dst = appendMembers(dst, x, dec)
	case string:
		dst = appendText(dst, x)
	case json.Number:
		dst = append(dst, x.String()...)
	case bool:
		dst = strconv.AppendBool(dst, x)
	}
	return append(append(append(dst, "</"...), tag...), '>')
}

// appendName appends name as an XML name: any character but ASCII letters, digits, '-', '.' and '_' becomes '_', and so
// does a first character that no name may begin with.
func appendName(dst []byte, name string) []byte {
	if name == "" || !letter(name[0]) && name[0] != '_' || len(name) >= 3 && bytes.EqualFold([]byte(name[:3]), []byte("xml")) {
		dst = append(dst, '_')
	}
	for _, r := range name {
		if r < utf8.RuneSelf && (letter(byte(r)) || digit(byte(r)) || r == '-' || r == '.' || r == '_') {
			dst = append(dst, byte(r))
		} else {
			dst = append(dst, '_')
		}
	}
	return dst
}

// appendText appends s as character data.
func appendText(dst []byte, s string) []byte {
	if plain(s) {
		return append(dst, s...)
	}
	b := bytes.NewBuffer(dst)
	_ = xml.EscapeText(b, []byte(s)) // a Buffer returns no error
	return b.Bytes()
}
