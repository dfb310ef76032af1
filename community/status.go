package community

import (
	"context"
	"fmt"
	"slices"

	"fanfare/accounts"
	"fanfare/fault"
	"fanfare/storage"
)

// SetStatus gives the company's answer to an idea; an open idea without a
// response is unanswered. It returns Forbidden unless the actor is of the
// product team or an admin, Invalid naming status or response.
func (s *Service) SetStatus(ctx context.Context, actor accounts.Actor, number int64, status Status, response string) (Idea, error) {
	if err := allowed(actor, accounts.Product, accounts.Admin); err != nil {
		return Idea{}, err
	}
	var wrong fault.Fields
	checkStatus(&wrong, status)
	response = cleanText(&wrong, "response", response, 0, maxResponse)
	if err := wrong.Err(); err != nil {
		return Idea{}, err
	}
	var idea Idea
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := visible(tx, &actor, number); err != nil {
			return err
		}
		answer := map[string]any{"status": status, "response": response, "responded_by": actor.PersonID, "responded_at": tx.Now}
		if status == Open && response == "" {
			answer["responded_by"], answer["responded_at"] = nil, nil
		}
		if err := tx.Model(&Idea{}).Where("number = ?", number).Updates(answer).Error; err != nil {
			return err
		}
		if err := accounts.Record(tx, actor, "idea.status", fmt.Sprintf("idea %d", number)); err != nil {
			return err
		}
		var err error
		idea, err = findIdea(tx, &actor, number)
		return err
	})
	return idea, err
}

func checkStatus(wrong *fault.Fields, status Status) {
	if !slices.Contains(Statuses, status) {
		wrong.Add("status", "idea.status_unknown", "The status must be open, planned, started, completed or declined.", string(status), nil)
	}
}
