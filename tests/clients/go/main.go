// Command credits asks the real hosts by name, with Go's standard library and nothing set by hand.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

func main() {
	balance := get("https://api.leadmagic.io/v1/credits", os.Getenv("LEADMAGIC_API_KEY"))
	campaigns := get("https://api.sendpilot.ai/v1/campaigns", os.Getenv("SENDPILOT_API_KEY"))
	if balance["credits"] == nil || campaigns["data"] == nil {
		fail("an answer lacks what was asked for: %v, %v", balance, campaigns)
	}
	fmt.Println(balance, campaigns)
}

// get returns the JSON object that the address answers with. Anything but 200 ends the program.
func get(address, key string) map[string]any {
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		fail("%v", err)
	}
	request.Header.Set("X-API-Key", key)
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		fail("%v", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		fail("%s: status %d, %s %v", address, response.StatusCode, body, err)
	}
	var answer map[string]any
	if err := json.Unmarshal(body, &answer); err != nil {
		fail("%s: %v in %s", address, err, body)
	}
	return answer
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "error: "+format+"\n", values...)
	os.Exit(1)
}
