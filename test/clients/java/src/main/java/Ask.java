import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.openfeature.contrib.providers.ofrep.OfrepProvider;
import dev.openfeature.contrib.providers.ofrep.OfrepProviderOptions;
import dev.openfeature.sdk.FlagEvaluationDetails;
import dev.openfeature.sdk.MutableContext;
import dev.openfeature.sdk.OpenFeatureAPI;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Asks with OpenFeature's SDK and its OFREP provider, as python/ask.py does. */
public final class Ask {
  public static void main(String[] args) throws Exception {
    var options = OfrepProviderOptions.builder().baseUrl(args[0]).build();
    var api = OpenFeatureAPI.getInstance();
    api.setProviderAndWait(OfrepProvider.constructProvider(options));
    var client = api.getClient();
    var json = new ObjectMapper();
    var lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonNode question = json.readTree(line);
      var context = new MutableContext();
      question.get("context").properties().forEach(member -> {
        if (member.getKey().equals("targetingKey")) context.setTargetingKey(member.getValue().asText());
        else context.add(member.getKey(), member.getValue().asText());
      });
      if (question.get("date").asBoolean()) context.add("since", Instant.now());
      FlagEvaluationDetails<Boolean> details =
          client.getBooleanDetails(question.get("key").asText(), question.get("default").asBoolean(), context);
      Map<String, Object> answer = new HashMap<>();
      answer.put("value", details.getValue());
      answer.put("reason", details.getReason());
      answer.put("variant", details.getVariant());
      answer.put("error", details.getErrorCode() == null ? null : details.getErrorCode().name());
      answer.put("message", details.getErrorMessage());
      answer.put("metadata", details.getFlagMetadata().asUnmodifiableMap());
      System.out.println(json.writeValueAsString(answer));
    }
    // The provider's threads would keep it running.
    System.exit(0);
  }
}
