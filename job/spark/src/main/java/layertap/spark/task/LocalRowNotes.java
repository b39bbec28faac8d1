package layertap.spark.task;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import layertap.process.RunningProcess;
import layertap.process.UserFolder;

/**
 * Notes on this machine's disk, for jobs whose tasks run in the driver: if an op ends the process,
 * the next run of the same output finds them.
 */
public final class LocalRowNotes {
  private static final String SUFFIX = ".rows";

  private final Path folder;

  LocalRowNotes(Path folder) {
    this.folder = folder;
  }

  /** The notes of this user on this machine. */
  public static LocalRowNotes ofThisMachine() {
    String name = "layertap-rows-" + System.getProperty("user.name");
    return new LocalRowNotes(Path.of(System.getProperty("java.io.tmpdir"), name));
  }

  /**
   * A note of this process; none if there is no room for it.
   *
   * @param output by which the next run finds it
   */
  RowNote start(String output, long task) {
    RunningProcess process = RunningProcess.current();
    String prefix = "%s-%s-%s-".formatted(process.number(), process.started(), task);
    try {
      // Nobody else may look which rows there are.
      new UserFolder(folder).create();
      // A task may map the rows of several transforms.
      return new Note(output, Files.createTempFile(folder, prefix, SUFFIX));
    } catch (IOException | UnsupportedOperationException e) {
      return RowNote.NONE;
    }
  }

  /**
   * The rows that processes had under way which ended in the middle, each only once: the notes are
   * deleted. Notes that cannot be read are passed over: no job fails for what only helps.
   *
   * @param output that they wrote to
   */
  public List<String> takeLeft(String output) {
    List<String> rows = new ArrayList<>();
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      return rows;
    }
    try (DirectoryStream<Path> notes = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      for (Path note : notes) {
        if (!isAlive(note.getFileName().toString())) {
          take(note, output).filter(names -> !names.isEmpty()).ifPresent(rows::add);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // The folder may be another user's.
      return rows;
    }
    return rows;
  }

  /** What a note on an output says, which is deleted. */
  private static Optional<String> take(Path note, String output) {
    try {
      Optional<String> left = read(note, output);
      // Of two jobs that find a note the one tells of it that deletes it.
      return left.isPresent() && Files.deleteIfExists(note) ? left : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static boolean isAlive(String note) {
    String[] parts = note.replace(SUFFIX, "").split("-", 3);
    try {
      return new RunningProcess(Long.parseLong(parts[0]), Long.parseLong(parts[1])).isAlive();
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return true;
    }
  }

  private static Optional<String> read(Path note, String output) throws IOException {
    byte[] bytes = Files.readAllBytes(note);
    try {
      int length = ByteBuffer.wrap(bytes).getInt();
      String[] lines =
          new String(bytes, Integer.BYTES, length, StandardCharsets.UTF_8).split("\n", 2);
      return lines[0].equals(output) ? Optional.of(lines[1]) : Optional.empty();
    } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
      // The process ended before it wrote any.
      return Optional.empty();
    }
  }

  /**
   * One file, written anew from its start each time: how many bytes follow that count, and they.
   */
  private static final class Note implements RowNote {
    private final String output;
    private final Path file;
    private final FileChannel channel;

    Note(String output, Path file) throws IOException {
      this.output = output;
      this.file = file;
      this.channel =
          FileChannel.open(file, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
    }

    @Override
    public boolean isCheap() {
      return true;
    }

    @Override
    public void write(String rows) {
      byte[] text = (output + "\n" + rows).getBytes(StandardCharsets.UTF_8);
      ByteBuffer bytes =
          ByteBuffer.allocate(Integer.BYTES + text.length).putInt(text.length).put(text);
      try {
        channel.write(bytes.flip(), 0);
      } catch (IOException e) {
        // A full disk, or the task was killed: it goes on without a note.
        return;
      }
    }

    @Override
    public void clear() {
      write("");
    }

    @Override
    public void close() {
      try (channel) {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // The next run will name rows that did no harm.
        return;
      }
    }
  }
}
