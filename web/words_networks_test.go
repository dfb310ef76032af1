package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fanfare/accounts"
)

// sentence is what a network or a delivery says, as it stands in Go: its key,
// and its English where that is one literal.
type sentence struct{ key, english, place string }

// TestNetworksSpeakEveryLanguage: every refusal of a network, and every reason
// for which a delivery stays back, has a key that each language translates. The
// English of a page is that of the API.
func TestNetworksSpeakEveryLanguage(t *testing.T) {
	t.Parallel()
	messages := map[string]map[string]any{}
	for _, locale := range accounts.Locales {
		messages[locale] = everyMessage(t, locale)
	}
	said := 0
	for _, s := range networkSentences(t) {
		said++
		if s.key == "" {
			t.Errorf("%s says %q without a key", s.place, s.english)
			continue
		}
		for _, locale := range accounts.Locales {
			if _, ok := messages[locale][s.key]; !ok {
				t.Errorf("%s of %s is missing in %s", s.key, s.place, locale)
			}
		}
		// A key of "network." is of a form's field, which the page names itself.
		if got := messages["en"][s.key]; s.english != "" && untypeset(got) != s.english && !strings.HasPrefix(s.key, "network.") {
			t.Errorf("%s is %q on pages, %q in %s", s.key, got, s.english, s.place)
		}
	}
	if said < 90 {
		t.Errorf("only %d sentences found: are they written in another way now?", said)
	}
}

func networkSentences(t *testing.T) (all []sentence) {
	t.Helper()
	for _, room := range []string{"../connectors", "../campaigns"} {
		err := filepath.WalkDir(room, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			source, err := parser.ParseFile(files, file, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(source, func(node ast.Node) bool {
				if s, ok := sentenceOf(node); ok {
					s.place = files.Position(node.Pos()).String()
					all = append(all, s)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// sentenceOf reads saying{KEY, ENGLISH}, reason{KEY, ENGLISH}, connectors.Error or
// Problem with a Message, and the pair failed.Message, failed.Key = ENGLISH, KEY. What
// is not a literal there was one elsewhere.
func sentenceOf(node ast.Node) (s sentence, ok bool) {
	switch n := node.(type) {
	case *ast.CompositeLit:
		name, of := n.Type.(*ast.Ident)
		if of && (name.Name == "saying" || name.Name == "reason") && len(n.Elts) == 2 {
			key, literal := quoted(n.Elts[0])
			english, _ := quoted(n.Elts[1])
			return sentence{key: key, english: english}, literal
		}
		if selected, of := n.Type.(*ast.SelectorExpr); of && isName(selected.X, "connectors") {
			switch s, ok := errorSentence(n); selected.Sel.Name {
			case "Error":
				return s, ok
			case "Problem":
				return s, ok && s.key != "" // without one it passes an error of elsewhere on
			}
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			field, of := left.(*ast.SelectorExpr)
			if !of || !isName(field.X, "failed") || len(n.Rhs) != len(n.Lhs) {
				continue
			}
			switch field.Sel.Name {
			case "Key":
				s.key, _ = quoted(n.Rhs[i])
			case "Message":
				s.english, _ = quoted(n.Rhs[i])
			}
		}
		return s, s.key != "" || s.english != ""
	}
	return s, false
}

func errorSentence(n *ast.CompositeLit) (s sentence, ok bool) {
	passedOn := false // the key is that of another sentence
	for _, element := range n.Elts {
		pair, of := element.(*ast.KeyValueExpr)
		switch {
		case of && isName(pair.Key, "Key"):
			var literal bool
			s.key, literal = quoted(pair.Value)
			passedOn = !literal
		case of && isName(pair.Key, "Message"):
			s.english, _ = quoted(pair.Value)
			ok = true
		}
	}
	return s, ok && !passedOn
}

func isName(e ast.Expr, name string) bool {
	is, ok := e.(*ast.Ident)
	return ok && is.Name == name
}

// quoted gives the value of a string literal.
func quoted(e ast.Expr) (value string, ok bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	value, err := strconv.Unquote(literal.Value)
	return value, err == nil
}
