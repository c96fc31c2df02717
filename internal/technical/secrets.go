package technical

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

// secrets are values that the request sent under secret names.
type secrets struct {
	mask  *mask.Masker
	found []string
}

// requestSecrets returns the values that the request sent under secret names, wherever they stand.
func (c *capture) requestSecrets(r *http.Request, body trail.Body) []string {
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
	if r.URL != nil {
		s.values(parseQuery(r.URL.RawQuery))
		if password, ok := r.URL.User.Password(); ok {
			s.add(password)
		}
	}
	s.values(r.PostForm)
	if r.MultipartForm != nil {
		s.values(r.MultipartForm.Value)
	}
	for _, p := range c.in.Params {
		if c.mask.Name(p.Name) {
			s.add(p.Value)
		}
	}
	if isForm(r.Header.Get("Content-Type")) {
		s.values(parseQuery(body.Text))
	} else {
		dec := json.NewDecoder(strings.NewReader(body.Text))
		dec.UseNumber()
		s.json(dec, false)
	}
	return s.found
}

func (s *secrets) add(value string) {
	if len(value) <= 4<<10 {
		s.found = append(s.found, value)
	}
}

// values asks Name, not Param: the value of a parameter called "code" or "state" may be an ordinary word, which must not be masked
// wherever it occurs.
func (s *secrets) values(values map[string][]string) {
	for name, list := range values {
		if !s.mask.Name(name) {
			continue
		}
		for _, v := range list {
			s.add(v)
		}
	}
}

// header adds the value with and without its scheme, and both parts of Basic credentials.
func (s *secrets) header(values []string) {
	for _, v := range values {
		s.add(v)
		scheme, credentials, ok := strings.Cut(v, " ")
		if !ok {
			continue
		}
		s.add(credentials)
		if strings.EqualFold(scheme, "Basic") {
			if plain, err := base64.StdEncoding.DecodeString(credentials); err == nil {
				_, password, _ := strings.Cut(string(plain), ":")
				s.add(string(plain))
				s.add(password)
			}
		}
	}
}

// json adds the strings and numbers of one JSON value, as far as it can be read: all of them if secret is set, otherwise those
// under secret names.
func (s *secrets) json(dec *json.Decoder, secret bool) (ok bool) {
	token, err := dec.Token()
	if err != nil {
		return false
	}
	switch t := token.(type) {
	case string:
		if secret {
			s.add(t)
		}
	case json.Number:
		if secret {
			s.add(t.String())
		}
	case json.Delim:
		for dec.More() {
			secretMember := secret
			if t == '{' {
				name, err := dec.Token()
				if err != nil {
					return false
				}
				secretMember = secret || s.mask.Name(fmt.Sprint(name))
			}
			if !s.json(dec, secretMember) {
				return false
			}
		}
		_, err = dec.Token() // the closing delimiter
	}
	return err == nil
}
