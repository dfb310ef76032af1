package web

import (
	"strings"
	"testing"
	"time"

	"fanfare/accounts"
)

func TestTokenEndsIsWordedForItsReader(t *testing.T) {
	t.Parallel()
	letters, err := NewLetters("https://fan.example")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
	ends := now.Add(20 * time.Hour)
	for locale, want := range map[string][2]string{
		"en":      {"The token of 小米手机 ends within 1 day", "on Weibo until Fri 17 Aug, 16:00 Shanghai (UTC+08)."},
		"de":      {"Das Token von 小米手机 endet binnen 1 Tages", "bis Fr, 17. Aug."},
		"zh-Hans": {"小米手机 的授权将在 1 天内到期", "在微博发帖的授权有效至 8月17日 周五"},
		"zh-Hant": {"小米手机 的授權將於 1 天內到期", "在微博發文的授權有效至 8月17日 週五"},
		"xx":      {"The token of 小米手机 ends within 1 day", "Hello Lei"},
	} {
		subject, text, err := letters.TokenEnds(accounts.ExpiryWarning{
			Account: accounts.NetworkAccount{Network: "weibo", Handle: "小米手机", ExpiresAt: &ends},
			Person:  accounts.Person{Name: "Lei", Locale: locale, TimeZone: "Asia/Shanghai"}, Days: 1,
		}, now)
		if err != nil || subject != want[0] || !strings.Contains(text, want[1]) || !strings.Contains(text, "\nhttps://fan.example/settings/accounts\n") {
			t.Errorf("%s: %q\n%s\n%v", locale, subject, text, err)
		}
	}
}

func TestChoosePasswordIsWordedForItsReader(t *testing.T) {
	t.Parallel()
	letters, err := NewLetters("https://fan.example")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2012, 8, 16, 12, 0, 0, 0, time.UTC)
	for locale, want := range map[string][2]string{
		"en":      {"A new password for Fanfare", "until Thu 16 Aug, 21:00 Shanghai (UTC+08):\n"},
		"de":      {"Neues Passwort für Fanfare", "einmal, bis Do, 16. Aug., 21:00 Shanghai (UTC+08):\n"},
		"zh-Hans": {"重设 Fanfare 密码", "有效期至 8月16日 周四 21:00 上海（UTC+08）：\n"},
		"zh-Hant": {"重設 Fanfare 密碼", "有效至 8月16日 週四 21:00 上海（UTC+08）：\n"},
	} {
		link := accounts.PasswordLink{Token: "SECRET", ExpiresAt: now.Add(time.Hour),
			Person: accounts.Person{Name: "Lei", Email: "lei@example.com", Locale: locale, TimeZone: "Asia/Shanghai"}}
		subject, text, err := letters.ChoosePassword(link, false, now)
		if err != nil || subject != want[0] || !strings.Contains(text, want[1]) || !strings.Contains(text, "\nhttps://fan.example/password?token=SECRET\n") {
			t.Errorf("%s: %q\n%s\n%v", locale, subject, text, err)
		}
		invited, _, err := letters.ChoosePassword(link, true, now)
		if err != nil || invited == subject || invited == "" {
			t.Errorf("%s: an invitation is %q, %v", locale, invited, err)
		}
	}
}
