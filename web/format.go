package web

import (
	"fmt"
	"time"

	"github.com/bojanz/currency"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"fanfare/accounts"
)

var printers = func() map[string]*message.Printer {
	all := make(map[string]*message.Printer, len(accounts.Locales))
	for _, locale := range accounts.Locales {
		all[locale] = message.NewPrinter(language.MustParse(locale))
	}
	return all
}()

// formatNumber groups digits as the locale does.
func formatNumber(locale string, n any) string {
	return printers[locale].Sprint(number.Decimal(n, number.MaxFractionDigits(1)))
}

// formatPercent shows a share between 0 and 1 with one decimal.
func formatPercent(locale string, share float64) string {
	return printers[locale].Sprint(number.Percent(share, number.MaxFractionDigits(1)))
}

// ownSigns are for currencies that CLDR writes as a bare $ in a language of
// ours, though the page may show other dollars beside them.
var ownSigns = map[string]string{"TWD": "NT$"}

// formatMoney shows minor units with the currency's own decimals and sign.
func formatMoney(locale string, minor int64, code string) string {
	amount, err := currency.NewAmountFromInt64(minor, code)
	if err != nil {
		return fmt.Sprintf("%d %s", minor, code)
	}
	formatter := currency.NewFormatter(currency.NewLocale(locale))
	formatter.SymbolMap = ownSigns
	return formatter.Format(amount)
}

var englishMonths = []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
var germanMonths = []string{"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."}

var weekdays = map[string][]string{
	"en":      {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
	"de":      {"So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"},
	"zh-Hans": {"周日", "周一", "周二", "周三", "周四", "周五", "周六"},
	"zh-Hant": {"週日", "週一", "週二", "週三", "週四", "週五", "週六"},
}

// formatDay shows a day with its weekday; the year stands only when it is not now's.
func formatDay(locale string, t, now time.Time) string {
	day, weekday, year := t.Day(), weekdays[locale][t.Weekday()], t.Year() != now.Year()
	var text string
	switch locale {
	case "de":
		text = fmt.Sprintf("%s, %d. %s", weekday, day, germanMonths[t.Month()-1])
		if year {
			text += fmt.Sprintf(" %d", t.Year())
		}
	case "zh-Hans", "zh-Hant":
		text = fmt.Sprintf("%d月%d日 %s", t.Month(), day, weekday)
		if year {
			text = fmt.Sprintf("%d年", t.Year()) + text
		}
	default:
		text = fmt.Sprintf("%s %d %s", weekday, day, englishMonths[t.Month()-1])
		if year {
			text += fmt.Sprintf(" %d", t.Year())
		}
	}
	return text
}

// formatClock shows the time of day, to the minute.
func formatClock(t time.Time) string { return t.Format("15:04") }
