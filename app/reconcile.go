package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/bojanz/currency"

	"fanfare/campaigns/orders"
	"fanfare/campaigns/stores"
	"fanfare/fault"
)

// ReconcileCommand is `fanfare reconcile --source S FILE.csv`.
type ReconcileCommand struct {
	Source string            `required:"" help:"The source of the orders, or the store as its orders name it." placeholder:"NAME"`
	File   string            `arg:"" help:"The store's own export: CSV with a header." type:"path"`
	Map    map[string]string `help:"What a column means, as in \"Order no=order_id\". Fields: order_id, total, currency, placed_at, status. The columns of Shopify and WooCommerce are known." placeholder:"COLUMN=FIELD" mapsep:"none"`
	Zone   string            `help:"Time zone of times that tell none." default:"UTC" placeholder:"ZONE"`
	JSON   bool              `help:"Print as JSON."`
}

// Run implements the command. It changes nothing, and returns an error when
// anything differs, so that the exit status tells.
func (r *ReconcileCommand) Run(ctx context.Context, config *Config) error {
	zone, err := time.LoadLocation(r.Zone)
	if err != nil {
		return fault.New(fault.Invalid, "", r.Zone+" is not a time zone: it has a name such as Europe/Berlin.")
	}
	file, err := os.Open(r.File)
	if err != nil {
		return unusable(r.File, err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return fault.New(fault.Invalid, "", r.File+" is a folder: name the file in it that the store exported.")
	}
	return withExisting(ctx, config, func(a *App) error {
		c, err := a.Stores.CompareOrders(ctx, file, stores.CompareOptions{Source: r.Source, Mapping: r.Map, Zone: zone})
		if err != nil {
			return err
		}
		if r.JSON {
			err = json.NewEncoder(os.Stdout).Encode(c)
		} else {
			err = printComparison(os.Stdout, c)
		}
		if err == nil && !c.Same() {
			err = fault.New(fault.Conflict, "", "The store and Fanfare do not agree.")
		}
		return err
	})
}

var differenceWords = map[stores.DifferenceKind]string{
	stores.MissingHere: "missing here", stores.MissingThere: "missing there",
	stores.OtherAmount: "other amount", stores.OtherStatus: "other status", stores.Unreadable: "unreadable",
}

func printComparison(out io.Writer, c stores.StoreComparison) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(c.Differences) > 0 {
		fmt.Fprintln(table, "WHAT\tORDER\tLINE\tIN THE FILE\tHERE\tPLACED")
	}
	for _, d := range c.Differences {
		line, ours, placed := "", "", ""
		if d.Line > 0 {
			line = fmt.Sprint(d.Line)
		}
		if d.Ours != nil {
			ours = plainMoney(*d.Ours)
		}
		if d.PlacedAt != nil {
			placed = d.PlacedAt.Format(time.RFC3339)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", differenceWords[d.Kind], d.OrderID, line, d.Theirs+d.Detail, ours, placed)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d orders of %s in the file", c.Orders, c.Store)
	if c.From != nil {
		fmt.Fprintf(&b, ", from %s to %s", c.From.Format(time.RFC3339), c.Until.Format(time.RFC3339))
	}
	fmt.Fprintf(&b, ": %d missing here, %d missing there, %d with another amount, %d with another status, %d lines unreadable.\n",
		c.Counts[stores.MissingHere], c.Counts[stores.MissingThere], c.Counts[stores.OtherAmount], c.Counts[stores.OtherStatus], c.Counts[stores.Unreadable])
	if c.From == nil {
		b.WriteString("No order's time could be read in the file, so nothing was looked for that might be missing there.\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// plainMoney writes an amount as stores' exports do: 1999.00 CNY.
func plainMoney(m orders.Money) string {
	amount, err := currency.NewAmountFromInt64(m.Total, m.Currency)
	if err != nil {
		return fmt.Sprint(m.Total, " ", m.Currency)
	}
	return amount.Number() + " " + m.Currency
}
