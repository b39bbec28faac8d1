package layertap.spark.layout;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.security.PrivilegedAction;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import layertap.failure.UserException;
import layertap.process.DaemonThread;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.UserGroupInformation;

/**
 * Headers of CSV files. Spark takes a column by its place, and the name of that place from the
 * schema or from one of the files: in a file whose columns stand in another order it would hand
 * over the values of others.
 */
public final class CsvHeaders {
  private static final String HEADER = "header";
  private static final String ENFORCE_SCHEMA = "enforceSchema";

  /** Where lines end otherwise, the first one is not looked at. */
  private static final String LINE_END = "lineSep";

  /** Each costs a request, and a job should begin soon. */
  private static final int MOST_FILES = 1000;

  private static final int THREADS = 16;

  private final Map<String, Integer> places = new HashMap<>();
  private final boolean isSchemaGiven;

  private CsvHeaders(List<String> names, boolean isSchemaGiven) {
    this.isSchemaGiven = isSchemaGiven;
    Set<String> ambiguous = new HashSet<>();
    for (int place = 0; place < names.size(); place++) {
      String name = compared(names.get(place));
      if (places.putIfAbsent(name, place) != null) {
        ambiguous.add(name);
      }
    }
    places.keySet().removeAll(ambiguous);
  }

  /**
   * Goes on only if no file has a column at another place than its name has in the schema.
   *
   * @param options of the reader, whose names are found in any case
   * @param names of the schema's columns
   * @param isSchemaGiven whether the configuration has it; else it is that of one of the files
   * @throws UserException if one has
   */
  public static void require(
      List<FileStatus> files,
      Map<String, String> options,
      List<String> names,
      boolean isSchemaGiven,
      Configuration hadoop) {
    if (!areChecked(options) || (files.size() < 2 && !isSchemaGiven)) {
      return;
    }
    CsvHeader header = new CsvHeader(options, hadoop);
    Map<List<String>, Path> found = read(files.stream().limit(MOST_FILES).toList(), header);
    if (found.size() < 2 && !isSchemaGiven) {
      return;
    }
    List<String> read =
        names.stream().filter(name -> !name.equals(header.corruptRecord())).toList();
    CsvHeaders headers = new CsvHeaders(read, isSchemaGiven);
    found.forEach(
        (cells, file) ->
            headers
                .refusal(file, cells)
                .ifPresent(
                    refusal -> {
                      throw new UserException(refusal);
                    }));
  }

  private static boolean areChecked(Map<String, String> options) {
    return Boolean.parseBoolean(options.get(HEADER))
        && !options.containsKey(ENFORCE_SCHEMA)
        && !options.containsKey(LINE_END);
  }

  /** The headers there are, each with the first of its files. */
  private static Map<List<String>, Path> read(List<FileStatus> files, CsvHeader header) {
    // Threads take the class loader of the one that starts them, but not its user.
    ExecutorService threads =
        Executors.newFixedThreadPool(
            THREADS, work -> DaemonThread.of("layertap-csv-headers", work));
    try {
      UserGroupInformation user = UserGroupInformation.getCurrentUser();
      List<Callable<List<String>>> reads =
          files.stream()
              .map(file -> (PrivilegedAction<List<String>>) () -> header.of(file))
              .map(read -> (Callable<List<String>>) () -> user.doAs(read))
              .toList();
      List<Future<List<String>>> headers = threads.invokeAll(reads);
      Map<List<String>, Path> found = new LinkedHashMap<>();
      for (int i = 0; i < headers.size(); i++) {
        found.putIfAbsent(headers.get(i).get(), files.get(i).getPath());
      }
      found.remove(List.of());
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read headers of CSV", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(
          "cannot read headers of CSV", new InterruptedIOException("interrupted"));
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException failure
          ? failure
          : new IllegalStateException(e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  private Optional<String> refusal(Path file, List<String> header) {
    List<String> compared = header.stream().map(CsvHeaders::compared).toList();
    for (int place = 0; place < header.size(); place++) {
      int wanted = places.getOrDefault(compared.get(place), place);
      // Of a name that is there twice Spark makes others.
      if (wanted != place && Collections.frequency(compared, compared.get(place)) == 1) {
        return Optional.of(
            ("cannot read %s: in its header '%s' is column %s, in %s column %s, and Spark takes the"
                    + " columns of CSV by their places; %s, or, if the header is wrong, set"
                    + " input.options { enforceSchema = true }")
                .formatted(
                    file,
                    header.get(place),
                    place + 1,
                    isSchemaGiven ? "input.schema" : "that of another file",
                    wanted + 1,
                    isSchemaGiven
                        ? "write all columns of the header into input.schema, in its order"
                        : "read files of each order by a job of its own"));
      }
    }
    return Optional.empty();
  }

  private static String compared(String name) {
    return name.strip().toLowerCase(Locale.ROOT);
  }
}
