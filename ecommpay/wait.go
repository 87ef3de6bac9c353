package ecommpay

import (
	"time"

	"github.com/payneteasy-go/payneteasy"
)

// WaitOptions are how Wait polls. Zero fields are Config.Wait's, or else: every 3 to 5 s for five minutes, then every 20 to
// 30 s, for an hour. How often the platform likes to be asked is not documented.
type WaitOptions struct {
	MinInterval, MaxInterval time.Duration // between polls at first, at random
	MaxWait                  time.Duration // no poll is begun later than this

	// OnProgress, if not nil, is called with the first status and with each that differs from the one before.
	OnProgress func(*Status)
}

func (o WaitOptions) faults(prefix string) []payneteasy.Fault {
	var faults []payneteasy.Fault
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"MinInterval", o.MinInterval}, {"MaxInterval", o.MaxInterval}, {"MaxWait", o.MaxWait}} {
		if d.value < 0 {
			faults = append(faults, payneteasy.Fault{Field: prefix + d.name, Rule: "is negative"})
		}
	}
	if o.MinInterval > o.MaxInterval && o.MaxInterval > 0 {
		faults = append(faults, payneteasy.Fault{Field: prefix + "MinInterval", Rule: "is above MaxInterval"})
	}
	return faults
}
