package app

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"fanfare/campaigns/reports"
	"fanfare/fault"
)

// tellProgress names each stage of a rehearsal as it begins.
func tellProgress(out io.Writer) func(reports.Rehearsal) {
	said := ""
	return func(r reports.Rehearsal) {
		if r.Stage == said || r.Stage == "done" {
			return
		}
		said = r.Stage
		fmt.Fprintf(out, "%s …\n", said)
	}
}

// print tells the result, and fails when anything would have.
func (c *RehearseCommand) print(out io.Writer, r reports.Rehearsal) error {
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprint(out, rehearsalText(r)); err != nil {
		return err
	}
	if !r.OK {
		return fault.New(fault.Unavailable, "", "The rehearsal did not go well.")
	}
	return nil
}

func rehearsalText(r reports.Rehearsal) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s, rehearsed %.0f times as fast\n\n", r.Campaign, r.Speed)
	for _, d := range r.Deliveries {
		late := "-"
		if d.LatenessMS != nil {
			late = fmt.Sprintf("%.0f ms", *d.LatenessMS)
		}
		fmt.Fprintf(&b, "  %-10s  %8s  %6d clicks  %6d orders  %s  %s\n", d.State, late, d.Clicks, d.Orders, d.Handle, firstLine(d.Text))
		if d.Error != "" {
			fmt.Fprintf(&b, "              %s\n", d.Error)
		}
	}
	fmt.Fprintf(&b, "\n  Posts     %d of %d went out", r.Published(), len(r.Deliveries))
	if r.Lateness != nil {
		fmt.Fprintf(&b, "; late by %.0f ms in the middle, %.0f ms at most", r.Lateness.P50, r.Lateness.Max)
	}
	fmt.Fprintf(&b, "\n  Clicks    %d sent, %d recorded\n  Orders    %d sent (%.0f a second), %d attributed\n\n",
		r.Clicks.Sent, r.Clicks.Recorded, r.Orders.Sent, r.Orders.PerSecond, r.Orders.Attributed)
	if r.Failed != "" {
		fmt.Fprintf(&b, "  It broke off: %s\n\n", r.Failed)
	}
	return b.String()
}

// firstLine gives the beginning of a text for a terminal.
func firstLine(text string) string {
	const most = 40
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) > most {
		return string(line[:most-1]) + "…"
	}
	return string(line)
}
