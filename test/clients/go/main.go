// Asks with OpenFeature's SDK and its OFREP provider, as python/ask.py does.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"time"

	"github.com/open-feature/go-sdk-contrib/providers/ofrep"
	"github.com/open-feature/go-sdk/openfeature"
)

type question struct {
	Key     string         `json:"key"`
	Default bool           `json:"default"`
	Context map[string]any `json:"context"`
	Date    bool           `json:"date"`
}

type answer struct {
	Value    bool           `json:"value"`
	Reason   string         `json:"reason"`
	Variant  string         `json:"variant"`
	Error    *string        `json:"error"`
	Metadata map[string]any `json:"metadata"`
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	must(openfeature.SetProviderAndWait(ofrep.NewProvider(os.Args[1])))
	client := openfeature.NewClient("ask")
	answers := json.NewEncoder(os.Stdout)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var asked question
		must(json.Unmarshal(lines.Bytes(), &asked))
		targetingKey, _ := asked.Context["targetingKey"].(string)
		delete(asked.Context, "targetingKey")
		if asked.Date {
			asked.Context["since"] = time.Now()
		}
		evaluation := openfeature.NewEvaluationContext(targetingKey, asked.Context)
		// The error is in the details too.
		details, _ := client.BooleanValueDetails(context.Background(), asked.Key, asked.Default, evaluation)
		told := answer{details.Value, string(details.Reason), details.Variant, nil, details.FlagMetadata}
		if details.ErrorCode != "" {
			code := string(details.ErrorCode)
			told.Error = &code
		}
		must(answers.Encode(told))
	}
}
