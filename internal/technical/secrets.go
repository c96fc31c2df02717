package technical

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/exceptional-go/exceptional/internal/mask"
)

// secrets are values that the request sent under secret names.
type secrets struct {
	mask  *mask.Masker
	found []string
}

// requestSecrets returns the values that the request sent under secret names, wherever they stand: in its headers, its parameters
// of any kind, or its body.
func (c *capture) requestSecrets(r *http.Request, params []Param, body string) []string {
	s := &secrets{mask: c.mask}
	for name, values := range r.Header {
		if name != "Cookie" && c.mask.Name(name) {
			s.header(values)
		}
	}
	for _, cookie := range r.Cookies() {
		if len(cookie.Value) >= 12 || c.mask.Name(cookie.Name) {
			s.add(cookie.Value)
		}
	}
	for _, p := range params {
		// Not Param: the value of a parameter called "code" or "state" may be an ordinary word, which must not be masked
		// wherever it occurs.
		if c.mask.Name(p.Name) {
			s.add(p.Value)
		}
	}
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	_ = s.json(dec, false) // an error ends the search
	return s.found
}

func (s *secrets) add(value string) {
	if len(value) <= 4<<10 {
		s.found = append(s.found, value)
	}
}

// header adds the value with and without its scheme, and the password of Basic credentials.
func (s *secrets) header(values []string) {
	for _, v := range values {
		s.add(v)
		_, credentials, _ := strings.Cut(v, " ")
		s.add(credentials)
		basic := http.Request{Header: http.Header{"Authorization": {v}}}
		_, password, _ := basic.BasicAuth()
		s.add(password)
	}
}

// json adds the strings and numbers of one JSON value, as far as it can be read: all of them if secret is set, otherwise those
// under secret names.
func (s *secrets) json(dec *json.Decoder, secret bool) error {
	token, err := dec.Token()
	open, ok := token.(json.Delim)
	if !ok {
		if secret {
			s.add(fmt.Sprint(token)) // "true" and "null" are too short to be looked for
		}
		return err
	}
	for err == nil && dec.More() {
		secretMember := secret
		if open == '{' {
			name, _ := dec.Token() // after an error the next call returns it again
			secretMember = secret || s.mask.Name(fmt.Sprint(name))
		}
		err = s.json(dec, secretMember)
	}
	if err == nil {
		_, err = dec.Token() // the closing delimiter
	}
	return err
}
