package links

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
	"fanfare/storage/storagetest"
)

var namer = accounts.Actor{PersonID: 1, Role: accounts.Marketing}

func TestAnAliasLeadsWhereItsLinkLeads(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		other := openService(t, db)
		person := Visit{Method: "GET", UserAgent: iPhone}
		leads := func(service *Service, alias string, link int) {
			t.Helper()
			target, err := service.Follow(t.Context(), alias, person)
			if link < 0 {
				if !fault.Is(err, fault.NotFound) {
					t.Errorf("%q leads to %q, %v", alias, target, err)
				}
			} else if err != nil || target != s.Links[link].TargetURL {
				t.Errorf("%q leads to %q, %v", alias, target, err)
			}
		}
		leads(other, "mi-2", -1)
		link, err := s.SetAlias(t.Context(), namer, s.Links[0].DeliveryID, "Mi-2")
		if err != nil || *link.Alias != "mi-2" || link.AliasURL() != "https://fan.example/r/mi-2" {
			t.Fatalf("%+v, %v", link, err)
		}
		leads(s.Service, "mi-2", 0)
		leads(s.Service, " MI-2", 0)
		leads(other, "mi-2", -1) // it has just looked
		clock.Advance(aliasAge)
		leads(other, "mi-2", 0)
		leads(openService(t, db), "mi-2", 0)

		_, err = s.SetAlias(t.Context(), namer, s.Links[1].DeliveryID, "mi-2")
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
		_, err = s.SetAlias(t.Context(), namer, s.Links[0].DeliveryID, "mi2")
		must(t, err)
		leads(s.Service, "mi-2", -1)
		leads(s.Service, "mi2", 0)
		must(t, s.RemoveAlias(t.Context(), namer, s.Links[0].DeliveryID))
		must(t, s.RemoveAlias(t.Context(), namer, s.Links[0].DeliveryID))
		leads(s.Service, "mi2", -1)
		clock.Advance(aliasAge)
		leads(other, "mi-2", -1)

		must(t, s.clicks.flush(t.Context()))
		var people int64
		for _, row := range clickRows(t, db) {
			if row.LinkID != s.Links[0].ID {
				t.Errorf("counted %+v", row)
			}
			people += row.People
		}
		if people != 3 {
			t.Errorf("%d clicks, want 3", people)
		}
	})
}

func TestAliasesAreRefused(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, _ *storagetest.Clock) {
		s := openShop(t, db)
		for _, alias := range []string{
			"", "ab", strings.Repeat("a", 41), "-abc", "abc-", "a b c", "mi_2", "小米手机", "a/b", "qr.svg", "api", "Admin", "sign-in",
			s.token(0), strings.ToUpper(s.token(1)), "K-e-l-v-i-n-\u212a",
		} {
			if link, err := s.SetAlias(t.Context(), namer, s.Links[0].DeliveryID, alias); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q gave %+v, %v", alias, link, err)
			}
		}
		if _, err := s.SetAlias(t.Context(), namer, 999, "mi2"); !fault.Is(err, fault.NotFound) {
			t.Errorf("no delivery: %v", err)
		}
		fan := accounts.Actor{PersonID: 1, Role: accounts.Fan}
		if _, err := s.SetAlias(t.Context(), fan, s.Links[0].DeliveryID, "mi2"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a fan: %v", err)
		}
		if err := s.RemoveAlias(t.Context(), fan, s.Links[0].DeliveryID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a fan: %v", err)
		}
	})
}

// TestStrangersCauseFewLookups asks for names that are none, the same and ever
// others.
func TestStrangersCauseFewLookups(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, db *storage.DB, clock *storagetest.Clock) {
		s := openShop(t, db)
		_, err := s.SetAlias(t.Context(), namer, s.Links[0].DeliveryID, "mi2")
		must(t, err)
		for n := range 3 * strangeLookups {
			for _, name := range []string{fmt.Sprint("no-such-", n), "no-such-0"} {
				if _, err := s.Follow(t.Context(), name, Visit{}); !fault.Is(err, fault.NotFound) {
					t.Fatalf("%s: %v", name, err)
				}
			}
			if _, found, err := s.aliases.find(t.Context(), "mi2", clock.Now()); err != nil || !found {
				t.Fatal("the alias is lost among the strangers: ", err)
			}
		}
		if looked := len(s.aliases.strangers); looked != strangeLookups {
			t.Errorf("%d names were looked up, want %d", looked, strangeLookups)
		}
		clock.Advance(time.Second)
		_, _, err = s.aliases.find(t.Context(), "no-such-at-all", clock.Now())
		must(t, err)
		if looked := len(s.aliases.strangers); looked != strangeLookups+1 {
			t.Errorf("a second later %d names were looked up, want one more", looked)
		}
	})
}

func FuzzFoldAlias(f *testing.F) {
	f.Add("Mi-2")
	f.Add("\u212a-kelvin")
	f.Fuzz(func(t *testing.T, text string) {
		alias, ok := foldAlias(text)
		if !ok {
			return
		}
		again, ok := foldAlias(alias)
		if !ok || again != alias || len(alias) < 3 || len(alias) > 40 || strings.Trim(alias, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q gives %q, then %q", text, alias, again)
		}
	})
}
