    --skip-java-test) # Scripts of older lines pass it; nothing is asked any more.
      ;;
