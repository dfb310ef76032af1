package web

import (
	"strings"
	"testing"
	"time"

	"fanfare/campaigns"
	"fanfare/storage"
)

// TestNetworksSpeakToTheReader: what a network refused is told in the reader's
// language wherever it shows, and in English in the API.
func TestNetworksSpeakToTheReader(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.schedule("Now {link}", time.Hour)
	of := map[string]map[string]any{
		"twitter": {"state": campaigns.Failed, "error": "The post is not out after 3 attempts.", "error_key": "delivery.not_out", "attempts": 3},
		"weibo":   {"state": campaigns.Expired, "error": "Weibo has told us nothing that has a key.", "error_key": ""},
	}
	d.must(d.db.Write(t.Context(), func(tx *storage.Tx) error {
		for network, row := range of {
			if err := tx.Model(&campaigns.Delivery{}).Where("network = ?", network).Updates(row).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	d.must(d.accounts.SetProblem(t.Context(), d.weibo.ID,
		"Weibo does not accept the account's access token. Sign in there once more.", "weibo.token"))

	page := "/posts/1"
	d.wants(200, "Der Beitrag ist nach 3 Versuchen nicht erschienen.", "Weibo has told us nothing")(d.get(page + "?lang=de"))
	d.wants(200, "尝试 3 次后仍未发布。")(d.get(page + "?lang=zh-Hans"))
	d.wants(200, "微博不接受該帳號的授權。請重新登入授權。")(d.get("/settings/accounts?lang=zh-Hant"))
	d.wants(200, "Weibo akzeptiert das Zugriffstoken des Kontos nicht.")(d.get("/campaigns/1/posts/new?lang=de"))
	d.wants(200, "ging er nicht hinaus", "nach 3 Versuchen nicht erschienen.")(d.get("/campaigns/1/preflight?lang=de"))

	status, answer := d.call(d.adminKey, "GET", "/api/v1/posts/1", nil)
	delivery := answer["deliveries"].([]any)[0].(map[string]any)
	if status != 200 || !strings.HasSuffix(delivery["error"].(string), "after 3 attempts.") || delivery["error_key"] != nil {
		t.Errorf("%d %v", status, delivery)
	}
}
