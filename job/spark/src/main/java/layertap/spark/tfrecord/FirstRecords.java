package layertap.spark.tfrecord;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import layertap.failure.UserException;
import layertap.input.record.ExampleColumn;
import layertap.input.record.ExampleColumns;
import layertap.input.record.TfRecord;
import layertap.input.record.TfRecordReader;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.tensorflow.proto.SequenceExample;

/** Looks at the first records of files for their columns. Driver only. */
final class FirstRecords {
  /** So many tell whether a feature has one value or several. */
  private static final int MOST = 100;

  private final Configuration hadoop;
  private final ExampleColumns columns = new ExampleColumns();
  private int looked;
  private int unreadable;
  private String damage;

  private FirstRecords(Configuration hadoop) {
    this.hadoop = hadoop;
  }

  /**
   * The columns.
   *
   * @param files in the order in which they are looked at
   * @throws UserException if the records do not tell them
   */
  static List<ExampleColumn> columns(List<Path> files, Configuration hadoop) {
    FirstRecords first = new FirstRecords(hadoop);
    for (int i = 0; i < files.size() && first.isLooking(); i++) {
      first.look(files.get(i));
    }
    List<ExampleColumn> found = new ArrayList<>(first.columns.columns());
    if (found.isEmpty()) {
      throw new UserException(
          ("cannot infer the columns of the TFRecord files: %s; name the columns with their types in"
                  + " input.schema, or check input.path")
              .formatted(first.why()));
    }
    return found;
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
    try (TfRecordReader records = RecordFiles.open(file, hadoop)) {
      while (isLooking() && records.hasNext()) {
        TfRecord record = records.next();
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
      columns.add(SequenceExample.parseFrom(record.data()));
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
