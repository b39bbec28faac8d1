package layertap.spark.tfrecord;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Consumer;
import layertap.failure.UserException;
import layertap.input.record.ExampleColumn;
import layertap.input.record.ExampleColumns;
import layertap.input.record.ExampleFit;
import layertap.input.record.TfRecord;
import layertap.input.record.TfRecordReader;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.tensorflow.proto.SequenceExample;

/**
 * Looks at the first records of files for their columns, or for those that a user names. Driver
 * only.
 */
final class FirstRecords {
  /** So many tell whether a feature has one value or several. */
  private static final int MOST = 100;

  private final Configuration hadoop;
  private final Consumer<SequenceExample> records;
  private int looked;
  private int unreadable;
  private String damage;

  private FirstRecords(Configuration hadoop, Consumer<SequenceExample> records) {
    this.hadoop = hadoop;
    this.records = records;
  }

  /**
   * The columns.
   *
   * @param files in the order in which they are looked at
   * @throws UserException if the records do not tell them
   */
  static List<ExampleColumn> columns(List<Path> files, Configuration hadoop) {
    ExampleColumns columns = new ExampleColumns();
    FirstRecords first = new FirstRecords(hadoop, columns::add);
    first.look(files);
    List<ExampleColumn> found = columns.columns();
    if (found.isEmpty()) {
      throw new UserException(
          ("cannot infer the columns of the TFRecord files: %s; name the columns with their types in"
                  + " input.schema, or check input.path")
              .formatted(first.why()));
    }
    return found;
  }

  /**
   * What is to be said of columns that do not fit.
   *
   * @param files as above
   * @param wanted columns that a user names
   */
  static List<String> warnings(List<Path> files, List<ExampleColumn> wanted, Configuration hadoop) {
    ExampleFit fit = new ExampleFit(wanted);
    new FirstRecords(hadoop, fit::add).look(files);
    return fit.warnings();
  }

  private void look(List<Path> files) {
    for (int i = 0; i < files.size() && isLooking(); i++) {
      look(files.get(i));
    }
  }

  /** Not through a whole data set of which nothing can be read. */
  private boolean isLooking() {
    return looked < MOST && unreadable < MOST;
  }

  private String why() {
    if (damage != null) {
      return damage;
    }
    return looked == 0
        ? "they hold no record"
        : "none of the first %s records is an Example or SequenceExample with features"
            .formatted(looked);
  }

  private void look(Path file) {
    try (TfRecordReader reader = RecordFiles.open(file, hadoop)) {
      while (isLooking() && reader.hasNext()) {
        TfRecord record = reader.next();
        if (record.damage() == null) {
          add(file, record);
        } else {
          note(file, record, record.damage());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + RecordFiles.name(file), e);
    }
  }

  /** A record that is none says nothing here; as a row it is invalid. */
  private void add(Path file, TfRecord record) {
    try {
      records.accept(SequenceExample.parseFrom(record.data()));
      looked++;
    } catch (InvalidProtocolBufferException e) {
      note(file, record, "it is no Example or SequenceExample");
    }
  }

  private void note(Path file, TfRecord record, String what) {
    unreadable++;
    if (damage == null) {
      damage = "%s: %s".formatted(RecordFiles.name(file), record.complaint(what));
    }
  }
}
