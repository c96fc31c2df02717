package renderer

// Weight returns the weight in thousandths that an Accept gives to a format, and -1 for one that it does not mention.
func Weight(accept string, f Format) int {
	var a acceptance
	a.read(accept)
	w, _ := a.quality(f)
	return int(w) - 1
}

// ReadAccept decides without the cache.
func ReadAccept(lines []string, hinted bool) Format {
	v := readAccept(lines)
	if hinted {
		return v.hinted
	}
	return v.plain
}

// LookupLanguage looks lines up in a set of tags without the cache.
func LookupLanguage(fallback string, tags []string, lines ...string) string {
	return newLanguages(fallback, tags, languageAliases).choose(lines)
}

// Languages are the tags that r answers in.
func (r *Renderer) Languages() []string { return r.state.Load().languages.tags }
