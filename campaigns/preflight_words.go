package campaigns

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fanfare/connectors"
)

// saying is what one code of a finding says, in English: the translations are
// "preflight.CODE" and, where there is something to do, "preflight.CODE_do".
type saying struct {
	group   string
	verdict Verdict
	found   string
	toDo    string
}

var sayings = map[string]saying{
	"posts_none":           {"posts", VerdictProblem, "No post is scheduled.", "Write the first one."},
	"posts_over":           {"posts", VerdictOK, "Every post has come to its end.", ""},
	"posts_due":            {"posts", VerdictOK, "Posts to come: {{.Posts}}, the first {{.First}}, the last {{.Last}}.", ""},
	"posts_before_opening": {"sale", VerdictOK, "{{.Before}} of {{.Posts}} posts go out before the opening: their readers find the sale still closed.", ""},
	"post_failed":          {"posts", VerdictProblem, "It did not go out on {{.Account}}: {{.Reason}}", "Mend the cause, then write it again."},
	"post_expired":         {"posts", VerdictWarning, "It stayed back on {{.Account}}, because its time had passed.", "Write it again if it is still wanted."},
	"post_in_doubt":        {"posts", VerdictProblem, "Nobody knows yet whether it is out on {{.Account}}.", "Look at the account and tell."},
	"post_too_late":        {"posts", VerdictProblem, "Its time on {{.Account}} has passed: it will stay back.", "Move it to another time."},
	"post_overdue":         {"posts", VerdictProblem, "It was due {{.Due}} on {{.Account}} and is not out.", "See that the service is running with its jobs."},
	"text_refused":         {"posts", VerdictProblem, "{{.Account}}'s network would refuse the text: {{.Reasons}}", "Cancel the post and write it again."},
	"text_twin":            {"posts", VerdictProblem, "{{.Account}} has another post that differs in nothing but its link: networks refuse such twins.", "Cancel one and vary its text."},
	"texts_ok":             {"posts", VerdictOK, "Every text is valid as its network counts, and unlike the others: {{.Texts}}.", ""},
	"images_ok":            {"posts", VerdictOK, "Every image is in the store, and as its network takes it: {{.Images}}.", ""},
	"images_refused":       {"posts", VerdictProblem, "{{.Account}}'s network would refuse the images: {{.Reasons}}", "Cancel the post and write it again with other images."},
	"image_missing":        {"posts", VerdictProblem, "An image of it is no longer in the store.", "Cancel the post and write it again with the image."},
	"images_silent":        {"posts", VerdictProblem, "The images cannot be looked at: {{.Reason}}", "See that the images' store is up."},
	"alt_missing":          {"posts", VerdictWarning, "An image has no description for those who cannot see it.", "Write the post again if it should have one."},

	"paused_all":         {"posts", VerdictProblem, "Everything is paused.", "Resume before the first post is due."},
	"paused_campaign":    {"posts", VerdictProblem, "The campaign is paused.", "Resume it before the first post is due."},
	"paused_account":     {"accounts", VerdictProblem, "The account is paused.", "Resume it before its first post is due."},
	"paused_post":        {"posts", VerdictProblem, "The post is paused.", "Resume it before it is due."},
	"account_ok":         {"accounts", VerdictOK, "{{.Network}} accepts the account.", ""},
	"account_refused":    {"accounts", VerdictProblem, "{{.Network}} does not accept the account: {{.Reason}}", "Until that is mended, none of its posts goes out."},
	"account_other":      {"accounts", VerdictProblem, "The credentials are those of another account, {{.Other}}.", "Connect the account again."},
	"account_problem":    {"accounts", VerdictProblem, "Its posts are held back since {{.Network}} asked for a person: {{.Reason}}", "Once the account is renewed, its posts go on."},
	"account_link_host":  {"accounts", VerdictProblem, "{{.Network}} takes links to {{.Host}} alone.", "Connect the account again with that link address."},
	"account_sealed":     {"accounts", VerdictProblem, "Its credentials cannot be opened: {{.Reason}}", "Start the service with the secret key that it was begun with."},
	"account_no_network": {"accounts", VerdictProblem, "Its network is not known here.", "Choose another account for its posts."},
	"network_silent":     {"accounts", VerdictProblem, "{{.Network}} could not be reached: {{.Reason}}", "Look at the connection, then check again."},
	"network_busy":       {"accounts", VerdictWarning, "{{.Network}} would not tell just now: {{.Reason}}", "Check again in a few minutes."},
	"token_ok":           {"accounts", VerdictOK, "Its token lasts until {{.Ends}}.", ""},
	"token_tight":        {"accounts", VerdictWarning, "Its token ends {{.Ends}}, within a day of its last post ({{.Last}}).", "Renew it, to be safe."},
	"token_short":        {"accounts", VerdictProblem, "Its token ends {{.Ends}}, before the last post ({{.Last}}).", "Renew it before."},
	"token_ended":        {"accounts", VerdictProblem, "Its token ended {{.Ends}}.", "Renew it."},
	"quota_ok":           {"accounts", VerdictOK, "Its fullest {{.Span}} hold {{.Used}} of the {{.Limit}} posts that the network takes.", ""},
	"quota_tight":        {"accounts", VerdictWarning, "Its fullest {{.Span}}, from {{.From}}, hold {{.Used}} of the {{.Limit}} posts that the network takes.", "Leave room: what has to be repeated counts too."},
	"quota_over":         {"accounts", VerdictProblem, "From {{.From}}, {{.Used}} posts are due within {{.Span}}, and the network takes {{.Limit}}.", "Spread the posts: what is too much comes late."},

	"link_ok":        {"links", VerdictOK, "Its links lead to the store.", ""},
	"link_wrong":     {"links", VerdictProblem, "{{.Link}} does not lead to the store: the answer there is {{.Status}}.", "See that this host leads to this service."},
	"link_silent":    {"links", VerdictProblem, "{{.Link}} does not answer: {{.Reason}}.", "See that this host leads to this service."},
	"link_internal":  {"links", VerdictProblem, "{{.Link}} is in an internal network, where readers cannot follow.", "Give the account a public link address."},
	"link_loopback":  {"links", VerdictProblem, "Links in posts would lead to {{.Host}}, which is another machine for every reader.", "Set FANFARE_PUBLIC_URL, or the account's link address."},
	"store_ok":       {"links", VerdictOK, "The store answers.", ""},
	"store_wrong":    {"links", VerdictProblem, "The store answers with an error, {{.Status}}.", "Open the store's page before the sale."},
	"store_shy":      {"links", VerdictWarning, "The store turns programs away ({{.Status}}), so nothing can be told of it.", "Look at its page in a browser."},
	"store_silent":   {"links", VerdictProblem, "The store does not answer: {{.Reason}}.", "See that its address is right and that it is up."},
	"store_tls":      {"links", VerdictProblem, "The store's certificate ends {{.Ends}}, before the sale does ({{.End}}).", "Have the certificate renewed."},
	"store_internal": {"links", VerdictProblem, "The store's address is in an internal network, where readers cannot follow. It was not looked at.", "Give the sale a public address."},

	"sale_ok":          {"sale", VerdictOK, "{{.Units}} units, open from {{.Opens}} to {{.Closes}}.", ""},
	"sale_open":        {"sale", VerdictOK, "{{.Units}} units, open from {{.Opens}}, without an end.", ""},
	"sale_over":        {"sale", VerdictProblem, "The sale ended {{.Closes}}.", "Make a campaign for the next sale."},
	"post_after_close": {"sale", VerdictProblem, "It goes out {{.Due}}, after the sale has ended ({{.Closes}}).", "Move it, or cancel it."},
	"cost":             {"cost", VerdictOK, "{{.Network}} charges about {{.Total}} for the posts to come ({{.Posts}}), where the app pays per use.", ""},

	"database_ok":   {"machine", VerdictOK, "The database answers.", ""},
	"database_bad":  {"machine", VerdictProblem, "The database does not answer: {{.Reason}}", "See that it is running."},
	"disk_ok":       {"machine", VerdictOK, "{{.Free}} MB are free on the disk.", ""},
	"disk_tight":    {"machine", VerdictWarning, "{{.Free}} MB are free on the disk, and the database has {{.Size}} MB.", "Make room before the sale."},
	"disk_full":     {"machine", VerdictProblem, "{{.Free}} MB are free on the disk: orders would soon be refused.", "Make room now."},
	"clock_ok":      {"machine", VerdictOK, "Its clock and this machine's agree to the second.", ""},
	"clock_ahead":   {"machine", VerdictWarning, "This machine is {{.By}} ahead of it: posts would go out early.", "See that NTP is on."},
	"clock_behind":  {"machine", VerdictWarning, "This machine is {{.By}} behind it: posts would go out late.", "See that NTP is on."},
	"clock_unknown": {"machine", VerdictWarning, "Its clock cannot be asked.", "Check again in a few minutes."},
}

// Sayings gives every sentence of the findings in English by the key of its
// translation, for those who translate them.
func Sayings() map[string]string {
	all := make(map[string]string, 2*len(sayings))
	for code, say := range sayings {
		all["preflight."+code] = say.found
		if say.toDo != "" {
			all["preflight."+code+"_do"] = say.toDo
		}
	}
	return all
}

// find makes a finding of a code.
func find(code, about, subject string, args map[string]any) Finding {
	say, known := sayings[code]
	if !known {
		panic("campaigns: no words for the finding " + code)
	}
	return Finding{
		Group: say.group, Code: code, Verdict: say.verdict, About: about, Subject: subject,
		Found: fill(say.found, args), ToDo: fill(say.toDo, args), Args: args,
	}
}

// MachineFinding makes a finding about the machine or the connections of the
// program, for Options.Machine: of a database, a disk, a clock, or a link. Its
// code must be among the known ones.
func MachineFinding(code, about string, args map[string]any) Finding {
	return find(code, about, "", args)
}

// fill puts args into the {{.Name}} places of an English sentence.
func fill(sentence string, args map[string]any) string {
	for name, value := range args {
		sentence = strings.ReplaceAll(sentence, "{{."+name+"}}", inEnglish(value))
	}
	return sentence
}

func inEnglish(value any) string {
	switch v := value.(type) {
	case time.Time:
		return v.UTC().Format("Mon 2 Jan 2006 15:04 MST")
	case time.Duration:
		return v.Round(time.Millisecond).String()
	case connectors.Problem:
		return v.Message
	case []connectors.Problem:
		var sentences []string
		for _, problem := range v {
			sentences = append(sentences, problem.Message)
		}
		return strings.Join(sentences, " ")
	}
	return fmt.Sprint(value)
}

// mergeSilent leaves one line of each network that does not answer: its
// accounts and its clock would all say the same.
func mergeSilent(findings []Finding) []Finding {
	silent := make(map[any]int) // a network's name, to its place
	var merged []Finding
	for _, f := range findings {
		if f.Code == "network_silent" {
			if at, met := silent[f.Args["Network"]]; met {
				merged[at].About += ", " + f.About
				continue
			}
			silent[f.Args["Network"]] = len(merged)
		}
		merged = append(merged, f)
	}
	return slices.DeleteFunc(merged, func(f Finding) bool {
		_, met := silent[f.About]
		return met && f.Code == "clock_unknown"
	})
}
