package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// order is the JSON that a store sends.
type order struct {
	Store    string    `json:"store" binding:"required"`
	OrderID  string    `json:"order_id" binding:"required"`
	Token    string    `json:"token"`
	Kind     string    `json:"kind"`
	Units    int64     `json:"units"`
	Total    int64     `json:"total"`
	Currency string    `json:"currency"`
	PlacedAt time.Time `json:"placed_at"`
	Customer string    `json:"customer"`
}

// serveBaseline is the least that could be called the same: bare Gin, which
// binds the order and answers, and which redirects. It stores nothing.
func serveBaseline(addr string) error {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.POST("/api/v1/orders", func(c *gin.Context) {
		var in order
		if err := c.ShouldBindJSON(&in); err != nil {
			c.AbortWithStatus(http.StatusBadRequest)
			return
		}
		c.JSON(http.StatusCreated, gin.H{
			"store": in.Store, "order_id": in.OrderID, "attributed": true, "campaign_id": 1, "post_id": 1, "delivery_id": 1,
		})
	})
	engine.GET("/r/:token", func(c *gin.Context) {
		c.Redirect(http.StatusFound, "https://shop.example/mi2?ref="+c.Param("token")+"&utm_source=twitter&utm_medium=social&utm_campaign=launch")
	})
	server := &http.Server{Addr: addr, Handler: engine, ReadHeaderTimeout: 10 * time.Second}
	return server.ListenAndServe()
}

const rounds = 5 // of each measurement beside Gin

// besideGin sends a server's load to Gin and to the server in turns, and gives
// the median rate of each.
func besideGin(ctx context.Context, gin *server, loadOf func(round int) load) (base, rate float64, err error) {
	var bare, ours []float64
	for round := range rounds + 1 { // the first warms up
		toUs := loadOf(round)
		toGin := toUs
		toGin.addr = gin.addr
		perSecond, err := toGin.closed(ctx)
		if err != nil {
			return 0, 0, fmt.Errorf("gin: %w", err)
		}
		bare = append(bare, perSecond)
		if perSecond, err = toUs.closed(ctx); err != nil {
			return 0, 0, err
		}
		ours = append(ours, perSecond)
	}
	return median(bare[1:]), median(ours[1:]), nil
}
