package app

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"fanfare/campaigns"
	"fanfare/connectors"
	"fanfare/connectors/sandbox"
	"fanfare/fault"
)

// demoCampaign is one market's campaign, with what the story needs of it.
type demoCampaign struct {
	id     int64
	market demoMarket
	posts  []campaigns.Post
}

// schedule connects the accounts of each market and schedules its posts, a
// second apart from one another, beginning in a few seconds.
func (d *demo) schedule(ctx context.Context) error {
	first := time.Now().Truncate(time.Second).Add(4 * time.Second)
	for _, market := range demoMarkets {
		xAccount, weiboAccount, err := d.connect(ctx, market)
		if err != nil {
			return err
		}
		opens := first.Add(2 * time.Second) // when the third post says so
		campaign, err := d.makeCampaign(ctx, market, opens)
		if err != nil {
			return err
		}
		for i, text := range market.posts {
			post, err := d.write(ctx, campaign.id, xAccount, weiboAccount, text, first.Add(time.Duration(i)*time.Second))
			if err != nil {
				return err
			}
			campaign.posts = append(campaign.posts, post)
			d.summary.Posts.Due += len(post.Deliveries)
		}
		for i, text := range market.later {
			noon := first.Truncate(24*time.Hour).AddDate(0, 0, 1+2*i).Add(4 * time.Hour) // in Hong Kong and Taipei
			if _, err := d.write(ctx, campaign.id, xAccount, weiboAccount, text, noon); err != nil {
				return err
			}
		}
		d.campaign = append(d.campaign, campaign)
	}
	return nil
}

// write schedules one post: its English for X, its Chinese for Weibo.
func (d *demo) write(ctx context.Context, campaign, xAccount, weiboAccount int64, text demoPost, due time.Time) (campaigns.Post, error) {
	var post campaigns.Post
	err := d.api.post(ctx, fmt.Sprintf("/api/v1/campaigns/%d/posts", campaign), map[string]any{
		"text": text.english, "variants": map[string]string{fmt.Sprint(weiboAccount): text.chinese},
		"accounts": []int64{xAccount, weiboAccount}, "due_at": due, "expires_after": "10m",
	}, &post)
	return post, err
}

// connect makes an account on each sandbox network and gives both to Fanfare.
func (d *demo) connect(ctx context.Context, market demoMarket) (xID, weiboID int64, err error) {
	x := d.x.AddAccount(sandbox.XAccount{Handle: market.handle, Name: market.accountName})
	weibo := d.weibo.AddAccount(sandbox.WeiboAccount{Name: market.weiboName, SafeDomain: d.config.Addr})
	xID, err = d.connectOne(ctx, connectors.Twitter, market.accountName, map[string]string{
		"api": "v2", "consumer_key": x.ConsumerKey, "consumer_secret": x.ConsumerSecret,
		"access_token": x.AccessToken, "access_secret": x.AccessSecret,
	})
	if err != nil {
		return 0, 0, err
	}
	weiboID, err = d.connectOne(ctx, connectors.Weibo, market.weiboName, map[string]string{
		"app_key": weibo.AppKey, "app_secret": weibo.AppSecret,
		"access_token": weibo.AccessToken, "safe_domain": weibo.SafeDomain,
	})
	return xID, weiboID, err
}

func (d *demo) connectOne(ctx context.Context, network, name string, credentials map[string]string) (int64, error) {
	var account struct{ ID int64 }
	err := d.api.post(ctx, "/api/v1/accounts", map[string]any{"network": network, "name": name, "credentials": credentials}, &account)
	return account.ID, err
}

func (d *demo) makeCampaign(ctx context.Context, market demoMarket, opens time.Time) (demoCampaign, error) {
	var sale, campaign struct{ ID int64 }
	err := d.api.post(ctx, "/api/v1/sales", map[string]any{
		"name": market.sale, "product": "Mi 2", "market": market.region, "currency": market.currency,
		"units": market.units, "opens_at": opens, "store_url": market.store,
	}, &sale)
	if err != nil {
		return demoCampaign{}, err
	}
	err = d.api.post(ctx, "/api/v1/campaigns", map[string]any{"sale_id": sale.ID, "name": market.campaign}, &campaign)
	return demoCampaign{id: campaign.ID, market: market}, err
}

// awaitPosts waits until every delivery has come to an end, as the API tells.
func (d *demo) awaitPosts(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		open, err := d.refreshPosts(ctx)
		if err != nil || open == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return fault.New(fault.Unavailable, "", fmt.Sprintf("%d deliveries did not come to an end", open))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (d *demo) refreshPosts(ctx context.Context) (open int, err error) {
	for c := range d.campaign {
		for p := range d.campaign[c].posts {
			post := &d.campaign[c].posts[p]
			if _, err := d.api.do(ctx, http.MethodGet, fmt.Sprintf("/api/v1/posts/%d", post.ID), 0, nil, post); err != nil {
				return 0, err
			}
			for _, delivery := range post.Deliveries {
				switch delivery.State {
				case campaigns.Scheduled, campaigns.Publishing, campaigns.InDoubt:
					open++
				}
			}
		}
	}
	return open, nil
}

// deliveries gives those that are due now, in the order of their making.
func (d *demo) deliveries() []campaigns.Delivery {
	var all []campaigns.Delivery
	for _, c := range d.campaign {
		for _, p := range c.posts {
			all = append(all, p.Deliveries...)
		}
	}
	return all
}
