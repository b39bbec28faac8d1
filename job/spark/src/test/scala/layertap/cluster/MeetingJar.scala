package layertap.cluster

import java.nio.file.{Files, Path}
import java.util.jar.{JarEntry, JarOutputStream}
import scala.util.Using

/** [[Meeting]] for the class path of executors. */
object MeetingJar {
  def write(jar: Path): Path = {
    Using.resource(new JarOutputStream(Files.newOutputStream(jar))) { stream =>
      Seq(Meeting.getClass, Class.forName(Meeting.getClass.getName.stripSuffix("$"))).foreach {
        compiled =>
          val name = s"${compiled.getName.replace('.', '/')}.class"
          stream.putNextEntry(new JarEntry(name))
          Using.resource(compiled.getClassLoader.getResourceAsStream(name))(_.transferTo(stream))
          stream.closeEntry()
      }
    }
    jar
  }
}
