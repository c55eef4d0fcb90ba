package io.depthmesh.conformance;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.depthmesh.client.Connection;
import io.depthmesh.client.DepthmeshClient;
import io.depthmesh.client.DepthmeshException;
import io.grpc.StatusException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes the calls that the conformance harness asks for, by this client. It reads a JSON object a
 * line and writes one a line; tests/conformance/README.md describes both.
 */
public final class Runner {
  private static final Gson GSON = new Gson();
  private static final PrintStream OUTPUT = System.out;

  private final Map<JsonObject, DepthmeshClient> clients = new ConcurrentHashMap<>();
  private final Map<Integer, RunningCall> calls = new ConcurrentHashMap<>();

  private Runner() {}

  public static void main(String[] arguments) throws Exception {
    // Nothing but lines of the protocol goes to standard output.
    System.setOut(System.err);
    Runner runner = new Runner();
    JsonObject ready = new JsonObject();
    ready.addProperty("ready", "java");
    write(ready);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      runner.take(JsonParser.parseString(line).getAsJsonObject());
    }
    System.exit(0);
  }

  private void take(JsonObject line) {
    if (line.has("do")) {
      int id = line.get("id").getAsInt();
      RunningCall call = new RunningCall(id, line.has("paced") && line.get("paced").getAsBoolean());
      calls.put(id, call);
      Thread thread = new Thread(() -> run(call, line), "call-" + id);
      thread.setDaemon(true);
      call.thread = thread;
      thread.start();
      return;
    }
    for (String what : new String[] {"cancel", "next", "run"}) {
      RunningCall other = line.has(what) ? calls.get(line.get(what).getAsInt()) : null;
      if (other == null) continue;
      switch (what) {
        case "cancel" -> other.thread.interrupt();
        case "next" -> other.permits.release();
        default -> other.run();
      }
    }
  }

  private void run(RunningCall call, JsonObject line) {
    JsonObject reply = new JsonObject();
    reply.addProperty("id", call.id);
    DepthmeshClient client = null;
    try {
      client = clientFor(line.getAsJsonObject("to"));
      if (line.has("timeoutMs")) {
        client = client.withTimeout(Duration.ofMillis(line.get("timeoutMs").getAsLong()));
      }
      JsonObject with = line.has("with") ? line.getAsJsonObject("with") : new JsonObject();
      reply.add("result", new Operations(client, call, with).perform(line.get("do").getAsString()));
    } catch (InterruptedException | StatusException error) {
      reply.add("error", errorOf(client.errorOf(error)));
    } catch (Exception error) {
      reply.add("error", errorOf(error));
    }
    calls.remove(call.id);
    write(reply);
  }

  private DepthmeshClient clientFor(JsonObject to) {
    return clients.computeIfAbsent(
        to,
        wanted -> {
          Connection connection = Connection.to(wanted.get("address").getAsString());
          if (wanted.has("caFile")) connection.tls(Path.of(wanted.get("caFile").getAsString()));
          if (wanted.has("certificateFile")) {
            connection.clientCertificate(
                Path.of(wanted.get("certificateFile").getAsString()),
                Path.of(wanted.get("privateKeyFile").getAsString()));
          }
          if (wanted.has("key")) connection.key(wanted.get("key").getAsString());
          return DepthmeshClient.open(connection);
        });
  }

  /** What the client's error says. */
  private static JsonObject errorOf(Exception error) {
    JsonObject said = new JsonObject();
    if (!(error instanceof DepthmeshException known)) {
      error.printStackTrace();
      said.addProperty("reason", "");
      said.addProperty("code", "UNKNOWN");
      said.addProperty("message", String.valueOf(error));
      return said;
    }
    said.addProperty("reason", known.reason());
    said.addProperty("code", known.code().name());
    said.addProperty("message", known.getMessage());
    said.add("metadata", GSON.toJsonTree(known.metadata()));
    JsonArray violations = new JsonArray();
    for (DepthmeshException.Violation violation : known.violations()) {
      JsonObject each = new JsonObject();
      each.addProperty("field", violation.field());
      each.addProperty("description", violation.description());
      violations.add(each);
    }
    said.add("violations", violations);
    if (!known.retryDelay().isZero()) {
      said.addProperty("retryDelayMs", known.retryDelay().toMillis());
    }
    return said;
  }

  static void yield(int id, JsonElement item) {
    JsonObject reply = new JsonObject();
    reply.addProperty("id", id);
    reply.add("item", item);
    write(reply);
  }

  private static void write(JsonObject line) {
    synchronized (OUTPUT) {
      OUTPUT.writeBytes((GSON.toJson(line) + "\n").getBytes(StandardCharsets.UTF_8));
      OUTPUT.flush();
    }
  }
}
