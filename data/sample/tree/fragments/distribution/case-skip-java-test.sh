    --skip-java-test)
      SKIP_JAVA_TEST=true
      ;;
