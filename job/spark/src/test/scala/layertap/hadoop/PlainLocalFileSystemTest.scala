package layertap.hadoop

import java.nio.file.Files
import java.nio.file.attribute.PosixFilePermissions
import layertap.testing.TempFolder
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.Path
import org.apache.hadoop.fs.permission.FsPermission
import org.scalatest.funsuite.AnyFunSuite

class PlainLocalFileSystemTest extends AnyFunSuite {
  private def in(body: (java.nio.file.Path, org.apache.hadoop.fs.FileSystem) => Any): Unit =
    TempFolder.use { folder =>
      val configuration = new Configuration
      PlainLocalFileSystem.use(configuration)
      body(folder, new Path(folder.toUri).getFileSystem(configuration))
    }

  private def permissions(file: java.nio.file.Path): String =
    PosixFilePermissions.toString(Files.getPosixFilePermissions(file))

  test("files have the permissions that Hadoop gives them, and no checksum beside them") {
    in { (folder, disk) =>
      disk.getConf.set("fs.permissions.umask-mode", "027")
      disk.create(new Path(folder.resolve("sub/file").toUri)).close()
      assert(permissions(folder.resolve("sub/file")) === "rw-r-----")
      assert(folder.resolve("sub").toFile.list.toSeq === Seq("file"))
    }
  }

  test("every permission that is set is read again by Hadoop") {
    in { (folder, disk) =>
      val file = new Path(Files.createFile(folder.resolve("file")).toUri)
      Seq("000", "421", "640", "755", "777").foreach { octal =>
        disk.setPermission(file, new FsPermission(octal))
        assert(disk.getFileStatus(file).getPermission === new FsPermission(octal))
      }
    }
  }

  test("a sticky bit, which Java does not know, is set, too") {
    in { (folder, disk) =>
      val sub = new Path(Files.createDirectory(folder.resolve("sub")).toUri)
      disk.setPermission(sub, new FsPermission("1755"))
      assert(disk.getFileStatus(sub).getPermission.getStickyBit)
    }
  }

  test("the permissions of a file that is not there cannot be set") {
    in { (folder, disk) =>
      intercept[java.io.IOException] {
        disk.setPermission(new Path(folder.resolve("none").toUri), new FsPermission("640"))
      }
    }
  }
}
