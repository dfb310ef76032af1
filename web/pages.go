package web

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"

	"fanfare/accounts"
)

//go:embed templates
var templateFiles embed.FS

// pages are the templates, with the words of each language bound to them. A
// page is templates/pages/NAME.html together with templates/*.html and
// templates/partials/*.html; it says in its first line which frame it stands
// in: {{template "desk_top" .}}; see frames.html.
//
// A page is made ready in a language when somebody first asks for it: all of
// them in all languages take 30 MB, and few installations speak them all.
type pages struct {
	bases map[string]*template.Template // frames and partials, by locale; never executed, or they could not be cloned

	mu    sync.Mutex
	ready map[string]*template.Template // by "LOCALE/name"
}

// loadPages parses every page once, so that a broken one keeps the service
// from starting rather than greeting a visitor.
func loadPages(w *words) (*pages, error) {
	p := &pages{bases: map[string]*template.Template{}, ready: map[string]*template.Template{}}
	for _, locale := range accounts.Locales {
		base, err := template.New("").Funcs(templateFuncs(w, locale)).Funcs(deskFuncs(w, locale)).Option("missingkey=error").
			ParseFS(templateFiles, "templates/*.html", "templates/partials/*.html")
		if err != nil {
			return nil, err
		}
		p.bases[locale] = base
	}
	for _, name := range pageNames() {
		if _, err := p.parse(accounts.Locales[0], name); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// pageNames lists the pages.
func pageNames() []string {
	files, err := fs.Glob(templateFiles, "templates/pages/*.html")
	if err != nil {
		panic("web: " + err.Error()) // the pattern is ours
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(path.Base(file), ".html")
	}
	return files
}

func (p *pages) parse(locale, name string) (*template.Template, error) {
	base, err := p.bases[locale].Clone()
	if err != nil {
		return nil, err
	}
	page, err := base.ParseFS(templateFiles, "templates/pages/"+name+".html")
	if err != nil {
		return nil, err
	}
	return page.Lookup(name + ".html"), nil
}

// get gives a page in a language.
func (p *pages) get(locale, name string) (*template.Template, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := locale + "/" + name
	if page, ok := p.ready[key]; ok {
		return page, nil
	}
	page, err := p.parse(locale, name)
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", key, err)
	}
	p.ready[key] = page
	return page, nil
}
