package community

import (
	"strings"

	"gorm.io/gorm"

	"fanfare/storage"
)

// indexIdea makes an idea findable. Both databases get the same terms, joined
// by spaces.
func indexIdea(tx *storage.Tx, number int64, draft IdeaDraft) error {
	texts := append([]string{draft.Title}, draft.Tags...)
	terms := strings.Join(indexTerms(append(texts, draft.Body)...), " ")
	if tx.Dialect() == storage.Postgres {
		return tx.Exec("INSERT INTO idea_search (idea, terms) VALUES (?, array_to_tsvector(string_to_array(?, ' ')))", number, terms).Error
	}
	return tx.Exec("INSERT INTO idea_search (rowid, terms) VALUES (?, ?)", number, terms).Error
}

// matching keeps the ideas that have all words of q; the last word may go on,
// for people are still typing it. A q without any word matches nothing.
func matching(tx *storage.Tx, ideas *gorm.DB, q string) *gorm.DB {
	terms := queryTerms(q)
	if len(terms) == 0 {
		return ideas.Where("1 = 0")
	}
	return ideas.Where("ideas.number IN (SELECT "+searchTable(tx)+")", matchAll(tx, terms))
}

// searchTable is what follows SELECT in a search: one column, the numbers of
// the ideas that match one bound expression.
func searchTable(tx *storage.Tx) string {
	if tx.Dialect() == storage.Postgres {
		return "idea FROM idea_search WHERE terms @@ CAST(? AS tsquery)"
	}
	return "rowid FROM idea_search WHERE idea_search MATCH ?"
}

// matchAll writes terms in the database's own query language. Both quote with
// a doubled mark, though no term holds one: see term.
func matchAll(tx *storage.Tx, terms []term) string {
	quote, and, prefix := `"`, " AND ", " *"
	if tx.Dialect() == storage.Postgres {
		quote, and, prefix = `'`, " & ", ":*"
	}
	parts := make([]string, len(terms))
	for i, t := range terms {
		parts[i] = quote + strings.ReplaceAll(t.text, quote, quote+quote) + quote
		if i == len(terms)-1 && t.word {
			parts[i] += prefix
		}
	}
	return strings.Join(parts, and)
}
