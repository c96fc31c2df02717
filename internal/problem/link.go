package problem

// Link is one entry of the member links, in the terms of RFC 8288.
type Link struct {
	Href     string `json:"href"`
	Rel      string `json:"rel,omitempty"`
	Title    string `json:"title,omitempty"`
	Type     string `json:"type,omitempty"`     // a media type
	Hreflang string `json:"hreflang,omitempty"` // a language tag
}

// Links reads the value of a member that was read, and reports whether it is a list of links and nothing else: other
// people have members of that name as well.
func Links(value any) (links []Link, ok bool) {
	list, _ := value.([]any)
	for _, item := range list {
		m, _ := item.(map[string]any)
		var l Link
		for name, v := range m {
			s, ok := v.(string)
			if !ok {
				return nil, false
			}
			switch name {
			case "href":
				l.Href = s
			case "rel":
				l.Rel = s
			case "title":
				l.Title = s
			case "type":
				l.Type = s
			case "hreflang":
				l.Hreflang = s
			default:
				return nil, false
			}
		}
		if l.Href == "" {
			return nil, false
		}
		links = append(links, l)
	}
	return links, len(links) > 0
}
